"""Lesson 9: a kernel is a loop around a formula; vector code, and when all cores pay."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...arrays import Array
from ..exercise import Exercise, Mistake
from ..session import Lesson
from ..words import Words

UNTOUCHED = 9.0  # what stands in `out` before


def relu_slope(x: float) -> float:
    """The slope of relu, for one number at a time."""
    return 1.0 if x > 0 else 0.0


def square_slope(x: float) -> float:
    """The slope of x x."""
    return 2 * x


def gradient_loop(
    slope: Callable[[float], float], x: Sequence[float], gy: Sequence[float], out: Any
) -> None:
    """out[i] = slope(x[i]) gy[i]."""
    for i in range(len(out)):
        out[i] = slope(x[i]) * gy[i]


def filled(answer: Callable[..., Any], slope: Any, x: Array, gy: Array) -> Array:
    """What stands in `out` after a loop."""
    out = np.full(len(x), UNTOUCHED)
    answer(slope, x, gy, out)
    return out


def without_gy(slope: Any, x: Any, gy: Any, out: Any) -> None:
    """As gradient_loop, but with the slope alone."""
    for i in range(len(out)):
        out[i] = slope(x[i])


def not_the_last(slope: Any, x: Any, gy: Any, out: Any) -> None:
    """As gradient_loop, but it ends one too early."""
    for i in range(len(out) - 1):
        out[i] = slope(x[i]) * gy[i]


def added(slope: Any, x: Any, gy: Any, out: Any) -> None:
    """As gradient_loop, but on top of what was in `out`."""
    for i in range(len(out)):
        out[i] += slope(x[i]) * gy[i]


def at_gy(slope: Any, x: Any, gy: Any, out: Any) -> None:
    """As gradient_loop, but x and gy have changed places."""
    for i in range(len(out)):
        out[i] = slope(gy[i]) * x[i]


def nothing(slope: Any, x: Any, gy: Any, out: Any) -> list[float]:
    """Leaves `out` as it is."""
    return [slope(a) * b for a, b in zip(x, gy, strict=True)]


def instructions(n: int, lanes: int) -> tuple[int, int]:
    """How often n is divided by lanes, and the rest."""
    return n // lanes, n % lanes


def break_even(overhead: float, per_number: float, cores: int) -> float:
    """N with n t = c + n t / cores."""
    return overhead * cores / (per_number * (cores - 1))


LOOP = Exercise(
    name="gradient_loop",
    start=Words(
        "for i in range(len(out)): out[i] = ... with slope(x[i]) and gy[i].",
        "for i in range(len(out)): の中で、slope(x[i]) と gy[i] から out[i] を求めます。",
    ),
    right=gradient_loop,
    probes=[
        (square_slope, np.array([-2.0, 0.5, 3.0]), np.array([1.0, -3.0, 0.5])),
        (relu_slope, np.array([1.5, -1.0, 0.0, 2.0]), np.array([2.0, 4.0, -1.0, -0.5])),
    ],
    observe=filled,
    shows=Words(
        "With {0}, x = {1} and gy = {2}, out",
        "{0}、x = {1}、gy = {2} のとき、out",
    ),
    mistakes=[
        Mistake(
            "forgot_gy",
            without_gy,
            Words(
                "out holds the slopes alone; multiply each of them by gy[i]",
                "out に傾きだけが入っています。それぞれに gy[i] を掛けてください。",
            ),
        ),
        Mistake(
            "not_the_last",
            not_the_last,
            Words(
                "the last element was not filled; range(n) already ends at n - 1",
                "最後の要素が埋まっていません。range(n) は n - 1 までです。",
            ),
        ),
        Mistake(
            "added",
            added,
            Words(
                "you added to what stood in out; a kernel fills it, so write = and not +=",
                "out に入っていた値に足しています。カーネルは埋めるだけなので += ではなく = です。",
            ),
        ),
        Mistake(
            "at_gy",
            at_gy,
            Words(
                "you took the slope at gy[i]; it is the slope at x[i], times gy[i]",
                "gy[i] での傾きを求めています。x[i] での傾きに gy[i] を掛けてください。",
            ),
        ),
        Mistake(
            "nothing",
            nothing,
            Words(
                "out is as it was before: write into its elements, out[i] = ...",
                "out がもとのままです。out[i] = ... と、要素に書き込んでください。",
            ),
        ),
    ],
)

INSTRUCTIONS = Exercise(
    name="instructions",
    start=Words(
        "Whole registers are n // lanes; the rest is n % lanes.",
        "いっぱいになるレジスタは n // lanes 個、残りは n % lanes 個です。",
    ),
    right=instructions,
    probes=[(100, 8), (64, 8), (7, 4), (3, 8), (1003, 16), (21, 4)],
    mistakes=[
        Mistake(
            "rounded_up",
            lambda n, lanes: (-(-n // lanes), 0),
            Words(
                "you rounded up; the last register would read beyond the end of the array",
                "切り上げています。最後のレジスタが配列の終わりを越えてしまいます。",
            ),
        ),
        Mistake(
            "fraction",
            lambda n, lanes: (n / lanes, n % lanes),
            Words(
                "an instruction runs a whole number of times: // instead of /",
                "命令の回数は整数です。/ ではなく // を使ってください。",
            ),
        ),
        Mistake(
            "all_single",
            lambda n, lanes: (n // lanes, n),
            Words(
                "most of the n numbers are done already; left over is what fills no register",
                "n 個の大部分はもう済んでいます。残りは、レジスタをいっぱいにできない分です。",
            ),
        ),
        Mistake(
            "missing",
            lambda n, lanes: (n // lanes, -n % lanes),
            Words(
                "that is how many are missing to fill the register; left over is n % lanes",
                "それはレジスタを埋めるのに足りない数です。残りは n % lanes です。",
            ),
        ),
    ],
)

BREAK_EVEN = Exercise(
    name="break_even",
    start=Words(
        "n * per_number = overhead + n * per_number / cores; bring n to one side.",
        "n * per_number = overhead + n * per_number / cores を、n について解きます。",
    ),
    right=break_even,
    probes=[
        (c, t, cores) for c, t in ((20.0, 0.5), (6.0, 0.01), (100.0, 2.0)) for cores in (2, 4, 8)
    ],
    mistakes=[
        Mistake(
            "forgot_share",
            lambda overhead, per_number, cores: overhead / per_number,
            Words(
                "you forgot that all cores still have work to do: n * per_number / cores",
                "全部のコアにも仕事が n * per_number / cores だけ残ることを忘れています。",
            ),
        ),
        Mistake(
            "share_only",
            lambda overhead, per_number, cores: overhead * cores / per_number,
            Words(
                "you compared the overhead with the time all cores need; compare it with what "
                "they save, n * per_number * (1 - 1 / cores)",
                "overhead を全部のコアの時間と比べています。節約できる時間 "
                "n * per_number * (1 - 1 / cores) と比べてください。",
            ),
        ),
        Mistake(
            "forgot_cores",
            lambda overhead, per_number, cores: overhead / (per_number * (cores - 1)),
            Words(
                "nearly: what is saved is (cores - 1) / cores of the time, not cores - 1",
                "もう少しです。節約は時間の cores - 1 倍ではなく (cores - 1) / cores 倍です。",
            ),
        ),
        Mistake(
            "inverted",
            lambda overhead, per_number, cores: per_number * (1 - 1 / cores) / overhead,
            Words(
                "it is the other way round: a larger overhead needs more numbers",
                "逆数になっています。overhead が大きいほど、多くの数が必要です。",
            ),
        ),
    ],
)

LESSON = Lesson(
    number=9,
    name="kernels",
    title=Words("Kernels: from formula to vector code", "カーネル: 式からベクトル命令へ"),
    minutes=45,
    needs=(3,),
    exercises=(LOOP, INSTRUCTIONS, BREAK_EVEN),
)
