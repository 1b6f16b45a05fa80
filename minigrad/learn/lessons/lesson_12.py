"""Lesson 12: a GPU thread goes over its own elements, with a stride as long as the crowd."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ...arrays import Array
from ..exercise import Exercise, Mistake
from ..session import Lesson
from ..words import Words

UNTOUCHED = 9.0  # what stands in memory that nobody has written to
NOBODY = -1.0


class Memory:
    """An array that knows who wrote to each element, and how often."""

    def __init__(self, size: int) -> None:
        self.size, self.shape = size, (size,)
        self.values, self.owners = np.full(size, UNTOUCHED), np.full(size, NOBODY)
        self.writes = np.zeros(size)
        self.thread = NOBODY

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, place: Any) -> Any:
        return self.values[place]

    def __setitem__(self, place: Any, value: Any) -> None:
        self.values[place] = value
        self.owners[place] = self.thread
        self.writes[place] += 1


def one_thread(number: int, count: int, x: Any, y: Any) -> None:
    """Y = x for x > 0, 0.3 x otherwise, for elements number, number + count, ..."""
    for i in range(number, len(x), count):
        y[i] = x[i] if x[i] > 0 else 0.3 * x[i]


def crowd(answer: Callable[..., Any], count: int, x: Array) -> tuple[Array, Array, Array]:
    """What threads write, the last one first: values, whose they are, how often."""
    memory = Memory(len(x))
    for number in reversed(range(count)):
        memory.thread = float(number)
        answer(number, count, x.copy(), memory)
    return memory.values, memory.owners, memory.writes


def over(places: Callable[[int, int, int], range]) -> Callable[..., None]:
    """A thread that goes over other elements: those of places(number, count, how many)."""

    def thread(number: int, count: int, x: Any, y: Any) -> None:
        for i in places(number, count, len(x)):
            y[i] = x[i] if x[i] > 0 else 0.3 * x[i]

    return thread


def stretch(number: int, count: int, n: int) -> range:
    """The elements of a thread that takes neighbours, as many as each must."""
    size = -(-n // count)
    return range(min(number * size, n), min((number + 1) * size, n))


def blocks_for(n: int, threads: int) -> int:
    """N / threads, rounded up."""
    return -(-n // threads)


ONE_THREAD = Exercise(
    name="one_thread",
    start=Words(
        "for i in range(number, len(x), count): ... and in it y[i] = ...",
        "for i in range(number, len(x), count): の中で y[i] = ... と書きます。",
    ),
    right=one_thread,
    probes=[
        (4, np.array([-2.0, 1.0, -0.5, 3.0, 0.0, -1.0, 2.0, -4.0, 0.5, 1.5])),
        (3, np.array([1.0, -1.0])),
        (2, np.array([-1.0, -2.0, 3.0])),
    ],
    observe=crowd,
    shows=Words(
        "With {0} threads and x = {1}, one_thread (y, who wrote each element, how often)",
        "{0} 人のスレッドと x = {1} のとき、one_thread（y、各要素を書いたスレッド、書いた回数）",
    ),
    mistakes=[
        Mistake(
            "one_each",
            over(lambda number, count, n: range(number, min(number + 1, n))),
            Words(
                "each thread did one element only; go on with strides of count to the end",
                "どのスレッドも要素を一つしか処理していません。歩幅 count で終わりまで進みます。",
            ),
        ),
        Mistake(
            "everything",
            over(lambda number, count, n: range(n)),
            Words(
                "every thread did all the work; each shall do only its own elements",
                "全員がすべての要素を処理しています。それぞれ自分の要素だけを処理します。",
            ),
        ),
        Mistake(
            "from_zero",
            over(lambda number, count, n: range(0, n, count)),
            Words(
                "all threads begin at 0 and write to the same places; begin at number",
                "全員が 0 から始めて同じ場所に書いています。number から始めてください。",
            ),
        ),
        Mistake(
            "forgot_stride",
            over(lambda number, count, n: range(number, n)),
            Words(
                "you go on by 1 from number; the next ones belong to others, so stride by count",
                "number から 1 ずつ進んでいます。隣の要素は別の人のものです。count ずつ進みます。",
            ),
        ),
        Mistake(
            "neighbours",
            over(stretch),
            Words(
                "the result is right, but each thread has a stretch of its own; in a grid stride "
                "thread 0 does elements 0, count, 2 * count, ...",
                "結果は正しいのですが、続いた区間を受け持っています。グリッドストライドでは、"
                "スレッド 0 の担当は 0, count, 2 * count, ... です。",
            ),
        ),
        Mistake(
            "nothing",
            lambda number, count, x, y: [v if v > 0 else 0.3 * v for v in x[number::count]],
            Words(
                "nothing was written: a thread returns nothing, it fills y[i]",
                "何も書き込まれていません。スレッドは値を返さず、y[i] に書き込みます。",
            ),
        ),
    ],
)

BLOCKS_FOR = Exercise(
    name="blocks_for",
    start=Words(
        "n / threads, rounded up: (n + threads - 1) // threads.",
        "n / threads を切り上げます。(n + threads - 1) // threads で求まります。",
    ),
    right=blocks_for,
    probes=[(1000, 128), (1024, 128), (1, 32), (33, 32), (64, 32), (95, 16)],
    mistakes=[
        Mistake(
            "rounded_down",
            lambda n, threads: n // threads,
            Words(
                "you rounded down; the elements at the end would have no thread",
                "切り捨てています。終わりのほうの要素にスレッドが付きません。",
            ),
        ),
        Mistake(
            "one_too_many",
            lambda n, threads: n // threads + 1,
            Words(
                "one too many where n is a multiple of threads: that block would be empty",
                "n が threads の倍数のとき、一つ多くなります。そのブロックは空になります。",
            ),
        ),
        Mistake(
            "fraction",
            lambda n, threads: n / threads,
            Words(
                "there is no half block; round up to a whole number",
                "半端なブロックはありません。整数に切り上げてください。",
            ),
        ),
        Mistake(
            "rounded",
            lambda n, threads: round(n / threads),
            Words(
                "round goes to the nearest number, which may be too few; always go up",
                "round は近いほうの整数にするので、足りないことがあります。必ず切り上げます。",
            ),
        ),
    ],
)

ELEMENTS = Exercise(
    name="elements_of_thread_0",
    start=Words(
        "The stride is 4 * 64. Count 0, 256, 512, ... as long as they are below 1000.",
        "歩幅は 4 * 64 です。1000 より小さい間、0, 256, 512, ... と数えます。",
    ),
    right=4.0,
    mistakes=[
        Mistake(
            "fraction",
            1000 / 256,
            Words(
                "an element is done or not; thread 0 does 0, 256, 512 and one more",
                "要素は処理するかしないかです。スレッド 0 は 0, 256, 512 ともう一つを処理します。",
            ),
        ),
        Mistake(
            "last_thread",
            3.0,
            Words(
                "that is what the last threads do; thread 0 begins first and gets one more",
                "それは最後のほうのスレッドの数です。スレッド 0 はもう一つ多く受け持ちます。",
            ),
        ),
        Mistake(
            "one_block",
            16.0,
            Words(
                "that is with one block; the stride is as long as all 4 blocks together",
                "それはブロックが一つのときです。歩幅は 4 個のブロック全員の人数です。",
            ),
        ),
        Mistake(
            "share_of_block",
            250.0,
            Words(
                "that is what a whole block does; it has 64 threads",
                "それはブロック全体の分です。一つのブロックには 64 人います。",
            ),
        ),
    ],
)

LESSON = Lesson(
    number=12,
    name="gpu",
    title=Words("The same kernel on a GPU", "同じカーネルを GPU で"),
    minutes=40,
    needs=(9,),
    exercises=(ONE_THREAD, BLOCKS_FOR, ELEMENTS),
)
