"""Arithmetic: the same declarations as activations, mostly with two tensors.

A partial that reads nothing is a constant slope: the gradient passes through, and no array is kept.
"""

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..arrays import Array
from ..declaration import Declaration
from ..elementwise import Elementwise, OneInput, elementwise
from ..kernels import mathematics
from ..kernels.mathematics import cos as cos_of
from ..kernels.mathematics import sin as sin_of

TWO_OVER_ROOT_PI = 1.1283791670955126


@elementwise(inputs=2)
def add(a, b):
    """Sum: a + b."""
    return a + b


@add.partial("a")
def dadd_da():
    return 1


@add.partial("b")
def dadd_db():
    return 1


@elementwise(inputs=2)
def sub(a, b):
    """Difference: a - b."""
    return a - b


@sub.partial("a")
def dsub_da():
    return 1


@sub.partial("b")
def dsub_db():
    return -1


@elementwise(inputs=2)
def mul(a, b):
    """Product: a b."""
    return a * b


@mul.partial("a")
def dmul_da(b):
    return b


@mul.partial("b")
def dmul_db(a):
    return a


@elementwise(inputs=2)
def div(a, b):
    """Quotient: a / b; as IEEE 754 has it where b is 0."""
    return a / b


@div.partial("a")
def ddiv_da(b):
    return 1 / b


@div.partial("b")
def ddiv_db(a, b):
    return -(a / b) / b


@elementwise()
def neg(x):
    """Negative: -x."""
    return -x


@neg.partial("x")
def dneg_dx():
    return -1


@elementwise(inputs=2)
def pow(x, y):
    """Power: x to the y; nan for a negative x and a y that is not whole."""
    return mathematics.power(x, y)


@pow.partial("x")
def dpow_dx(x, y):
    return mathematics.scaled(y, mathematics.power(x, y - 1))


@pow.partial("y")
def dpow_dy(x, y):
    # where x is 0 the power is 0 for every y > 0, and so is its slope
    slope = mathematics.power(x, y) * mathematics.log(x)
    return 0 if x == 0 and y > 0 else slope


@elementwise(inputs=2)
def maximum(a, b):
    """Maximum: the larger of a and b.  Where they are equal, each gets half of the gradient."""
    return a if a > b else b


@maximum.partial("a")
def dmaximum_da(a, b):
    return 1 if a > b else 0.5 if a == b else 0


@maximum.partial("b")
def dmaximum_db(a, b):
    return 1 if b > a else 0.5 if a == b else 0


@elementwise(inputs=2)
def minimum(a, b):
    """Minimum: the smaller of a and b.  Where they are equal, each gets half of the gradient."""
    return a if a < b else b


@minimum.partial("a")
def dminimum_da(a, b):
    return 1 if a < b else 0.5 if a == b else 0


@minimum.partial("b")
def dminimum_db(a, b):
    return 1 if b < a else 0.5 if a == b else 0


@elementwise()
def exp(x):
    """Exponential: e to the x."""
    return mathematics.exp(x)


@exp.partial("x")
def dexp_dx(x):
    return mathematics.exp(x)


@elementwise()
def log(x):
    """Natural logarithm: log(x); -inf at 0, nan below."""
    return mathematics.log(x)


@log.partial("x")
def dlog_dx(x):
    return mathematics.NAN if x < 0 else 1 / x


@elementwise()
def expm1(x):
    """Exponential minus one: e to the x, - 1, exact also near x = 0."""
    return mathematics.expm1(x)


@expm1.partial("x")
def dexpm1_dx(x):
    return mathematics.exp(x)


@elementwise()
def log1p(x):
    """Logarithm of one plus: log(1 + x), exact also near x = 0; -inf at -1, nan below."""
    return mathematics.log1p(x)


@log1p.partial("x")
def dlog1p_dx(x):
    return mathematics.NAN if x < -1 else 1 / (1 + x)


@elementwise(short=True)
def sin(x):
    """Sine: of x in radians; nan for an infinite x."""
    return sin_of(x)


@sin.partial("x", short=True)
def dsin_dx(x):
    return cos_of(x)


@elementwise(short=True)
def cos(x):
    """Cosine: of x in radians; nan for an infinite x."""
    return cos_of(x)


@cos.partial("x", short=True)
def dcos_dx(x):
    return -sin_of(x)


@elementwise()
def erf(x):
    """Error function: 2 / sqrt(pi) times the integral of exp(-t t) for t from 0 to x."""
    return mathematics.erf(x)


@erf.partial("x")
def derf_dx(x):
    a = 30 if x > 30 else -30 if x < -30 else x  # from there on it is 0, and x x may overflow
    aa = a * a
    # what rounding took from x x would be most of the error of the result
    lost = mathematics.product_error(a, a, aa)
    return TWO_OVER_ROOT_PI * mathematics.exp(-aa) * (1 - lost)


@elementwise()
def square(x):
    """Square: x x."""
    return x * x


@square.partial("x")
def dsquare_dx(x):
    return 2 * x


class SteepAtZero(OneInput):  # noqa: D101
    # An op whose slope is infinite at 0, where its value is harmless: backward warns of it.  The
    # warning is NumPy's for a division by 0, and `np.errstate(divide="ignore")` silences it.

    __doc__ = Elementwise.__doc__  # what `help` shows is made from the declaration

    def __init__(self, formula: Callable[..., Any]) -> None:
        super().__init__(Declaration(formula, ("x",), {}))

    def vjp(self, node: Any, gy: Array) -> Sequence[Array | None]:
        """gx = df/dx gy."""
        x = node.saved[0]
        if not x.all() and np.geterr()["divide"] != "ignore":
            warnings.warn(
                f"{self.name}: backward met a 0, where the slope is infinite; to keep gradients "
                f"finite, add a small number first, as in {self.name}(x + 1e-12)",
                RuntimeWarning,
                stacklevel=4,  # whoever called backward
            )
        return super().vjp(node, gy)


@SteepAtZero
def sqrt(x):
    """Square root: the y >= 0 with y y = x; nan below 0.  At 0 the slope is inf, with a warning."""
    return mathematics.sqrt(x)


@sqrt.partial("x")
def dsqrt_dx(x):
    root = mathematics.sqrt(x)
    return 0.5 / root if x > 0 else mathematics.INFINITY if x == 0 else mathematics.NAN


@elementwise(kinks=[0.0])
def abs(x):
    """Absolute value: |x|.  At 0 the slope is 0, of all between -1 and 1 the one closest to 0."""
    # -0.0 + 0.0 is +0.0
    return -x if x < 0 else x + 0.0


@abs.partial("x")
def dabs_dx(x):
    side = 1 if x > 0 else -1
    return 0 if x == 0 else side


@elementwise(jumps=[0.0])
def sign(x):
    """Sign: 1 for x > 0, -1 for x < 0, 0 at 0.  The slope is 0."""
    return 1 if x > 0 else -1 if x < 0 else 0


@sign.partial("x")
def dsign_dx(x):  # reads x: the slope at nan is nan
    return 0


@elementwise(
    kinks=lambda low, high: [low, high],
    none={"low": -mathematics.INFINITY, "high": mathematics.INFINITY},
    order=("low", "high"),
)
def clip(x, low=None, high=None):
    """Clip: x, but at least low, and at most high.  The slope is 0 outside, and at both bounds."""
    raised = low if x < low else x
    return high if raised > high else raised


@clip.partial("x", steps=True)
def dclip_dx(x, low, high):
    return 1 if low < x < high else 0
