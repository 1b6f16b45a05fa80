"""Gradient checking: what backward says against slopes found by differences, kinks included.

The differences of `differences.py` come with an estimate of their own error, and the tolerance
follows from that, not from hope.  At a kink every slope between those from the left and from the
right is legal, and the report says which one is yours.
"""

import inspect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from .arrays import Array
from .differences import RTOL, Slopes, bends, power_of_two, slopes, stacked
from .elementwise import Elementwise
from .grad_mode import no_grad
from .tensor import Tensor

# Below this part of the largest slope of the same output no claim is made.
NOISE = 1e-11
# A Jacobian of up to this many entries is checked entry by entry, a larger one in directions.
FULL_JACOBIAN, DIRECTIONS = 1000, 5
# Neighbours k (1 +- 2**-j) of a kink k: where a comparison with a wrong knee gives itself away.
CLOSENESS = 0.5 ** np.array([1, 2, 4, 8, 13, 20, 26, 32, 40, 47, 51, 52])

Naming = Callable[[Any], tuple[str, str]]


class GradientError(AssertionError):
    """A gradient that differences contradict."""


@dataclass(slots=True)
class Report:
    """What a check found: notes such as kinks, errors, and the largest error / tolerance."""

    ok: bool
    lines: tuple[str, ...]
    errors: tuple[str, ...]
    worst: float

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        verdict = "ok" if self.ok else "wrong"
        worst = f"largest error {self.worst:.1g} of the tolerance"
        return "\n".join([*self.errors, *self.lines, f"gradients {verdict}, {worst}"])


def gradcheck(
    f: Any, *inputs: Any, seed: int = 0, raises: bool = True, **numbers: float | None
) -> Report:
    """Check the gradients of f by central differences with Richardson extrapolation.

    All is computed in float64, whatever the inputs are: in float32, differences show nothing.
    A declared op may come without inputs: it is then checked at points of its own, around its
    kinks, and searched for kinks that it does not declare.

    Parameters
    ----------
    f : a function of Tensors that returns a Tensor.
    inputs : arrays or Tensors of floats, any shape.
    seed : for the random weights, directions and points.
    raises : raise GradientError if something is wrong; else only report it.
    numbers : number arguments that are passed on to f.

    >>> from minigrad.activations import elu
    >>> print(gradcheck(elu, [-1.0, 0.0, 2.0], alpha=0.2).lines[0])
    elu: kink at x[1] = 0: legal [0.2, 1], yours 0.2
    >>> gradcheck(lambda x: (x * x.detach()).sum(), 3.0, raises=False).errors[0]
    'f: d/dx is 3, expected 6 +- 6e-07: too small by the factor 2'
    """
    if not inputs and not isinstance(f, Elementwise):
        raise TypeError(f"gradcheck: no inputs given for {name_of(f)}, which is no declared op")
    check = Check(f, inputs, numbers, np.random.default_rng(seed))
    try:
        check.function() if inputs else check.declaration()
    except GradientError as error:
        check.fail(str(error), np.inf)
    if check.errors and raises:
        raise GradientError("\n".join([*check.errors][:5]))
    return Report(not check.errors, tuple(check.lines), tuple(check.errors), check.worst)


class Check:
    """One run of `gradcheck`: the function, its inputs in float64, and what was found."""

    def __init__(self, f: Any, inputs: Sequence[Any], numbers: Any, rng: np.random.Generator):
        self.f, self.numbers, self.rng, self.name = f, numbers, rng, name_of(f)
        self.arrays = [promoted(k, x) for k, x in enumerate(inputs)]
        self.names = argument_names(f, len(inputs))
        self.lines: dict[str, None] = {}  # as a set, in order
        self.errors: dict[str, None] = {}
        self.worst = 0.0

    def note(self, text: str) -> None:
        """Something to know, such as a kink."""
        self.lines[f"{self.name}: {text}"] = None

    def fail(self, text: str, worst: float = 0.0) -> None:
        """Something wrong."""
        self.errors[f"{self.name}: {text}"] = None
        self.worst = max(self.worst, worst)

    def call(self, arrays: Sequence[Array], requires_grad: bool) -> tuple[list[Tensor], Tensor]:
        """The arrays as Tensors, and f of them."""
        tensors = [Tensor(a, requires_grad) for a in arrays]
        with np.errstate(all="ignore"):
            y = self.f(*tensors, **self.numbers)
        if not isinstance(y, Tensor):
            raise TypeError(f"gradcheck: {self.name} returned a {type(y).__name__}, not a Tensor")
        for name, tensor, array in zip(self.names, tensors, arrays, strict=True):
            if tensor.data.tobytes() != array.tobytes():
                raise GradientError(f"it changes its input {name}")
        return tensors, y

    def values(self, arrays: Sequence[Array]) -> Array:
        """f of these arrays."""
        with no_grad():
            return self.call(arrays, requires_grad=False)[1].numpy()

    def gradients(self, seed: Array) -> list[Array]:
        """What backward says of each input from dL/dy = seed."""
        tensors, y = self.call(self.arrays, requires_grad=True)
        if y.requires_grad:
            try:
                with np.errstate(divide="ignore"):  # a slope may be infinite
                    y.backward(seed)
            except TypeError as error:  # a partial that is not declared
                raise GradientError(f"backward raises TypeError: {error}") from error
        found = [np.zeros(t.shape) if t.grad is None else t.grad for t in tensors]
        for name, gx, x in zip(self.names, found, self.arrays, strict=True):
            if gx.shape != x.shape or gx.dtype != x.dtype:
                raise GradientError(
                    f"the gradient of {name} has shape {gx.shape} and dtype {gx.dtype}, "
                    f"{name} itself {x.shape} and {x.dtype}"
                )
        return found

    def weighted(self) -> tuple[Array, list[Array]]:
        """Random weights w for y, and the gradients of <w, y>; all must come out the same twice."""
        y, again = self.values(self.arrays), self.values(self.arrays)
        if y.tobytes() != again.tobytes():
            raise GradientError("two calls with the same inputs return different numbers")
        if y.dtype != np.float64:
            raise GradientError(f"the result is {y.dtype} though the inputs are float64")
        if not np.isfinite(y).all():
            raise GradientError("the result is not finite at these inputs")
        w = self.rng.uniform(0.5, 2.0, y.shape) * self.rng.choice([-1.0, 1.0], y.shape)
        gradients = self.gradients(w)
        for name, a, b in zip(self.names, gradients, self.gradients(w), strict=True):
            if a.tobytes() != b.tobytes():
                raise GradientError(f"two backward passes give different gradients of {name}")
        return w, gradients

    def function(self) -> None:
        """A function at given inputs: each dy/dx by itself; if they are many, some directions."""
        w, gradients = self.weighted()
        if w.size * sum(a.size for a in self.arrays) <= FULL_JACOBIAN:
            self.jacobian(w, gradients)
            return
        for k, (name, x) in enumerate(zip(self.names, self.arrays, strict=True)):
            found, mine = [], []
            for _ in range(DIRECTIONS):
                w, v = self.rng.standard_normal(w.shape), self.rng.standard_normal(x.shape)
                found.append(slopes(partial(self.along, k, v, w)))
                mine.append(np.sum(self.gradients(w)[k] * v))
            self.judge(np.array(mine), stacked(found), partial(direction_name, name))

    def along(self, k: int, v: Array, w: Array | None, steps: Array) -> Array:
        """y, or <w, y> if there are weights, with input k moved by each step times v."""
        rows = []
        for t in steps:
            moved = [x + t * v if j == k else x for j, x in enumerate(self.arrays)]
            y = self.values(moved)
            rows.append(y.ravel() if w is None else np.sum(w * y))
        return np.stack(rows)

    def jacobian(self, w: Array, gradients: list[Array]) -> None:
        """Each dy/dx by itself; then the gradients of <w, y> must be their sums."""
        rows = [self.gradients(e.reshape(w.shape)) for e in np.eye(w.size)]
        for k, (name, x) in enumerate(zip(self.names, self.arrays, strict=True)):
            if not x.size or not w.size:
                continue
            entry = partial(entry_name, name, x, w.shape)
            mine = np.stack([row[k].ravel() for row in rows], axis=1)
            found = []
            for unit, scale in zip(np.eye(x.size), power_of_two(x.ravel()), strict=True):
                v = scale * unit.reshape(x.shape)
                found.append(slopes(partial(self.along, k, v, None)).per(scale))
            self.judge(mine, stacked(found), entry)
            with np.errstate(all="ignore"):
                total, size = mine @ w.ravel(), np.abs(mine) @ np.abs(w.ravel())
                off = np.abs(total - gradients[k].ravel()) > 1e-9 * size
            for i in np.flatnonzero(off)[:1]:
                self.fail(
                    f"backward is not linear: d/d{place(name, x.shape, i)} of a weighted sum is "
                    f"{gradients[k].flat[i]:.9g}, the weighted sum of dy is {total[i]:.9g}",
                    np.inf,
                )

    def declaration(self) -> None:
        """A declared op at points of its own, and a search for kinks that it does not declare."""
        op = self.f.declaration
        for name in op.inputs:
            if name not in self.f.partials:
                raise GradientError(
                    f"d/d{name} is not declared; write it under @{self.name}.partial({name!r})"
                )
        _, numbers = op.bind((0.0,) * len(op.inputs), self.numbers)
        jumps = op.points("jumps", numbers)
        declared = [p for p in (*op.points("kinks", numbers), *jumps) if np.isfinite(p)]
        self.names = list(op.inputs)
        points = own_points(self.rng, len(op.inputs), declared)
        usable = np.isfinite(self.values(points))
        for name, x in zip(op.inputs, points, strict=True):
            low, high = op.ranges.get(name, (-np.inf, np.inf))
            usable &= (low <= x) & (x <= high)
        if not usable.any():
            raise GradientError("it is not finite anywhere from -6 to 6")
        self.arrays = [x[usable] for x in points]
        w, gradients = self.weighted()
        for k, x in enumerate(self.arrays):
            scale = power_of_two(x)
            side = sides(x, declared) if k == 0 else 0
            found = slopes(partial(self.moved, k, x, scale), side).per(scale)
            self.judge(gradients[k] / w, found, partial(point_name, self.names, self.arrays, k))
            for p in declared if k == 0 else ():
                if not (found.kink | found.jump)[x == p].any():
                    self.note(f"no kink at {p:.6g} for these numbers")
            self.search(k, declared, jumps)

    def moved(self, k: int, x: Array, scale: Any, steps: Array) -> Array:
        """The op with input k at x + step scale, for all steps and points in one call."""
        shape = (len(steps), *x.shape)
        arrays = [np.broadcast_to(a, shape) for a in self.arrays]
        arrays[k] = x + steps.reshape(-1, *[1] * x.ndim) * scale
        return self.values([a.ravel() for a in arrays]).reshape(shape)

    def search(self, k: int, declared: list[float], jumps: list[float]) -> None:
        """Kinks of input k that are not declared; those that move with other inputs cannot be."""
        points, trials = self.arrays, []
        for _ in range(3 if len(points) > 1 else 1):
            self.arrays = [np.full(1, a) for a in self.rng.uniform(-3, 3, len(points))]
            trials.append(self.breaks(k))
        self.arrays = points
        for trial, found in enumerate(trials):
            for p, (which, before, after) in found.items():
                stays = len(trials) == 1 or any(nearby(p, t) for t in trials[:trial])
                if not stays or nearby(p, jumps if which == "jump" else declared):
                    continue
                self.fail(
                    f"a {which} at {f'{self.names[k]} = ' if k or len(trials) > 1 else ''}{p:.6g} "
                    f"({'values' if which == 'jump' else 'slopes'} {before:.6g} | {after:.6g}) "
                    f"that {which}s= does not declare",
                    np.inf,
                )

    def breaks(self, k: int) -> dict[float, tuple[str, Any, Any]]:
        """Where input k has a kink or a jump, and the slopes or values on both sides."""
        at, width = bends(lambda x: self.moved(k, x, 0.0, np.zeros(1))[0])
        left = slopes(partial(self.moved, k, at - width, 1.0), -1)
        right = slopes(partial(self.moved, k, at + width, 1.0), 1)
        ends = self.moved(k, at, width, np.array([-1.0, 1.0]))
        error, size = left.error + right.error, np.maximum(np.abs(left.low), np.abs(right.low))
        height = np.abs(ends).max(axis=0)
        with np.errstate(all="ignore"):
            gap = np.abs(ends[1] - ends[0])
        known = np.isfinite(error) & (size * width <= 0.01 * np.maximum(1, height))  # no pole
        jump = known & (gap > 10 * width * size + 1e-9 * height)
        kink = known & ~jump & (np.abs(right.low - left.low) > 10 * error + 1e-5 * size)
        found = {}
        for i in np.flatnonzero(jump | kink):
            p = round(float(at[i]), 6) + 0.0
            before, after = ends[:, i] if jump[i] else (left.low[i], right.low[i])
            found[p] = ("jump" if jump[i] else "kink", before, after)
        return found

    def judge(self, mine: Array, found: "Slopes", naming: Naming) -> None:
        """Every slope must lie between `low` and `high`, within the tolerance."""
        mine = mine + 0.0  # no -0 in messages
        size = np.maximum(np.abs(found.low), np.abs(found.high))
        tolerance = 10 * found.error + RTOL * size
        if size.ndim > 1:
            tolerance += NOISE * size.max(axis=0)
        with np.errstate(all="ignore"):
            excess = np.maximum(np.maximum(found.low - mine, mine - found.high), 0)
            ratio = excess / np.maximum(tolerance, 1e-300)
        ratio = np.where(np.isnan(ratio), np.inf, ratio)
        ratio[np.isinf(tolerance) | (np.isinf(mine) & found.steep)] = 0
        self.worst = max(self.worst, float(ratio.max()))
        for at in map(tuple, np.argwhere((found.kink | found.jump) & (ratio <= 1))):
            self.note(
                f"{'jump' if found.jump[at] else 'kink'} at {naming(at)[1]}: "
                f"legal {legal(found, at)}, yours {mine[at]:.6g}"
            )
        if wrong := int((ratio > 1).sum()):
            at = np.unravel_index(np.argmax(ratio), ratio.shape)
            text = comparison(float(mine[at]), float(found.low[at]), float(tolerance[at]))
            if found.kink[at]:
                text = f"is {mine[at]:.6g} at a kink, legal is {legal(found, at)}"
            self.fail(f"{naming(at)[0]} {text}" + (f" (and {wrong - 1} more)" if wrong > 1 else ""))


def own_points(rng: np.random.Generator, inputs: int, declared: list[float]) -> list[Array]:
    """Points from -6 to 6, kinks with their neighbours, and where all inputs are equal."""
    x = np.concatenate([np.arange(-6.0, 7.0), rng.uniform(-6, 6, 100)])
    for p in declared:
        near = (p or 1.0) * CLOSENESS
        x = np.concatenate([x, [p], p + near, p - near])
    x = np.unique(x)
    others = [rng.uniform(-3, 3, x.size) for _ in range(inputs - 1)]
    others = [np.where(rng.random(x.size) < 0.25, np.round(a), a) for a in others]
    equal = rng.uniform(-3, 3, 2 if inputs > 1 else 0)
    return [np.concatenate([a, equal]) for a in (x, *others)]


def sides(x: Array, declared: list[float]) -> Array:
    """1 close to the right of a kink, -1 to the left, 0 on it and elsewhere."""
    side = np.zeros(x.shape)
    for p in declared:
        side = np.where(np.abs(x - p) <= 0.5 * abs(p or 1.0), np.sign(x - p), side)
    return side


def nearby(point: float, points: Iterable[float]) -> bool:
    """Whether a point is one of these, as far as the scan can tell."""
    return any(abs(point - p) <= 1e-6 * max(1, abs(p)) for p in points)


def comparison(mine: float, slope: float, tolerance: float) -> str:
    """`is 0.5, expected 0.25 +- 1e-11: too large by the factor 2`."""
    slope = 0.0 if abs(slope) <= tolerance else slope
    text = f"is {mine:.9g}, expected {slope:.9g} +- {tolerance:.0e}"
    if mine == 0 or slope == 0 or not np.isfinite(mine):
        return f"{text}: the difference is {mine - slope:.3g}"
    sign = "the sign is wrong" if mine * slope < 0 else ""
    if abs(abs(mine) - abs(slope)) <= tolerance:
        return f"{text}: {sign}"
    large, small = max(abs(mine), abs(slope)), min(abs(mine), abs(slope))
    size = f"too {'large' if large == abs(mine) else 'small'} by the factor {large / small:.7g}"
    return f"{text}: {sign}{' and it is ' if sign else ''}{size}"


def legal(found: Slopes, at: Any) -> str:
    """`[0.2, 1]`, or one number where only one side counts."""
    low, high = f"{found.low[at]:.6g}", f"{found.high[at]:.6g}"
    return low if low == high else f"[{low}, {high}]"


def entry_name(name: str, x: Array, y_shape: tuple[int, ...], at: Any) -> tuple[str, str]:
    """`dy[2]/dx[0, 1]` and `x[0, 1] = 0.5`, for entry at = (input, output) of a Jacobian."""
    where = place(name, x.shape, at[0])
    y = place("y", y_shape, at[1]) if y_shape else ""
    return f"d{y}/d{where}", f"{where} = {x.flat[at[0]]:.6g}"


def place(name: str, shape: tuple[int, ...], i: Any) -> str:
    """`x[0, 1]`, or `x` if it is a single number."""
    index = ", ".join(str(j) for j in np.unravel_index(int(i), shape))
    return f"{name}[{index}]" if shape else name


def direction_name(name: str, at: Any) -> tuple[str, str]:
    """What is checked of an input that is too large to check each element."""
    return f"d/d{name} in a random direction", f"{name}, in a random direction"


def point_name(names: list[str], arrays: list[Array], k: int, at: Any) -> tuple[str, str]:
    """`d/dx at 0.5` and `0.5`, or `x = 0.5, alpha = 2` if there are several inputs."""
    pairs = [f"{n} = {x[at]:.6g}" for n, x in zip(names, arrays, strict=True)]
    where = ", ".join(pairs) if len(names) > 1 else f"{arrays[0][at]:.6g}"
    return f"d/d{names[k]} at {where}", where


def promoted(k: int, x: Any) -> Array:
    """Input k in float64."""
    array = x.numpy() if isinstance(x, Tensor) else np.asarray(x)
    if array.dtype.kind != "f":
        raise TypeError(f"gradcheck: input {k} has dtype {array.dtype}; only floats have gradients")
    return array.astype(np.float64)


def argument_names(f: Any, count: int) -> list[str]:
    """The names of the first arguments of f, as far as it tells."""
    parameters = inspect.signature(f).parameters.values()
    names = [p.name for p in parameters if p.kind <= p.POSITIONAL_OR_KEYWORD]
    return (names + [f"input{k}" for k in range(len(names), count)])[:count]


def name_of(f: Any) -> str:
    """What messages call f."""
    name = getattr(f, "name", getattr(f, "__name__", "f"))
    return "f" if name == "<lambda>" else str(name)
