"""Every activation on the GPU against the CPU: values and slopes, bit for bit.

Results for each element must be the same bits, nan for nan; sums over rows, as for PReLU's alpha,
may differ by 1 ulp.  In the simulator this checks the loops, on a GPU the compiled code as well.
"""

from inspect import Parameter
from typing import Any

import numpy as np

from ..arrays import SINGLE, Array
from ..elementwise import Elementwise
from ..tensor import Tensor
from .array import inside

EDGES = (
    np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 3.0, -3.0, 6.0, 1e-45, -1e-45,
    1.1754944e-38, -1.1754944e-38, 1e-8, -1e-8, 20.0, -20.0, 88.8, -103.9, 1e10, -1e10, 3.4e38,
    -3.4e38,
)  # fmt: skip
NEXT_TO = (0.0, 1.0, -1.0, 3.0, -3.0, 6.0)
FEATURES = 8


def inputs_of(op: Elementwise, rows: bool = False) -> list[Array]:
    """Numbers for each tensor of an op: edges, both sides of kinks, and random ones.

    With `rows` what is learned has one number for each feature.
    """
    rng = np.random.default_rng(0)
    sides = [np.nextafter(SINGLE.type(k), SINGLE.type(end)) for k in NEXT_TO for end in (-9, 9)]
    x = np.array([*EDGES, *sides, *rng.normal(0, 3, 26)], SINGLE)
    if rows:
        x = np.concatenate([x, x])[: x.size * 2 // FEATURES * FEATURES].reshape(-1, FEATURES)
        x = np.nan_to_num(x, posinf=9.0, neginf=-9.0)
        x = np.clip(x, -9.0, 9.0)
    shape = (FEATURES,) if rows else x.shape
    learned = [rng.normal(0.3, 0.5, shape).astype(SINGLE) for _ in op.declaration.inputs[1:]]
    return [x, *learned]


def outcome(op: Elementwise, inputs: list[Array], device: str) -> list[Array]:
    """The value of an op, and its gradient for each tensor."""
    numbers = op.declaration.numbers.items()
    missing: Any = {name: 0.75 for name, default in numbers if default is Parameter.empty}
    tensors = [Tensor(a, requires_grad=True, device=device) for a in inputs]
    y = op(*tensors, **missing)
    y.backward(np.linspace(-2, 2, y.size, dtype=SINGLE).reshape(y.shape))
    return [y.data, *(t.grad for t in tensors if t.grad is not None)]


def ulps(a: Array, b: Array) -> int:
    """The largest distance of two float32 arrays, in units in the last place; nan equals nan."""
    places = [v.view(np.int32).astype(np.int64) for v in (a, b)]
    # negative floats are ordered the other way around
    ordered = [np.where(p < 0, -(2**31) - p, p) for p in places]
    apart = np.abs(ordered[0] - ordered[1])
    signs = np.signbit(a) != np.signbit(b)
    apart = np.where((apart == 0) & signs, 1, apart)  # -0.0 is not 0.0
    return int(np.where(np.isnan(a) & np.isnan(b), 0, apart).max(initial=0))


def compare(op: Elementwise) -> dict[str, int]:
    """How far GPU and CPU are apart, in ulp: the value, each slope, and sums over rows."""
    names = ["value", *(f"d/d{name}" for name in op.declaration.inputs)]
    kinds = {"": False} | ({"sum of ": True} if op.declaration.inputs[1:] else {})
    found = {}
    for kind, rows in kinds.items():
        inputs = inputs_of(op, rows)
        pairs = zip(outcome(op, inputs, "cuda"), outcome(op, inputs, "cpu"), strict=True)
        apart = [ulps(a, b) for a, b in pairs]
        for name, distance in list(zip(names, apart, strict=True))[2 if rows else 0 :]:
            found[kind + name] = distance
    return found


def allowed(part: str) -> float:
    """How many ulp a part may differ by; float32 inside is measured, not judged."""
    if inside() == "float32":
        return np.inf
    return 1 if part.startswith("sum of") else 0
