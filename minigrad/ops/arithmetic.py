"""Arithmetic: the same declarations as activations, mostly with two tensors.

A partial that reads nothing is a constant slope: the gradient passes through, and no array is kept.
"""

from ..elementwise import elementwise
from ..kernels import mathematics


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


@elementwise(kinks=[0.0])
def abs(x):
    """Absolute value: |x|.  At 0 the slope is 0, of all between -1 and 1 the one closest to 0."""
    # -0.0 + 0.0 is +0.0
    return -x if x < 0 else x + 0.0


@abs.partial("x")
def dabs_dx(x):
    side = 1 if x > 0 else -1
    return 0 if x == 0 else side
