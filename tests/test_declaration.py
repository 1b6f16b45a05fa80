"""The declaration: arguments, aliases, ranges, kinks and help, from what was written once."""

import inspect
import math

import numpy as np
import pytest

from minigrad import elementwise
from minigrad.declaration import Declaration


def ramp(x, low, high=1.0):
    """Ramp: x between low and high."""
    return low if x < low else high if x > high else x


DECLARED = Declaration(
    ramp,
    ("x",),
    {"low": inspect.Parameter.empty, "high": 1.0},
    kinks=lambda low, high: [low, high],
    jumps=[3],
    aliases={"minimum": "low", "maximum": "high"},
    none={"high": math.inf},
    ranges={"low": (0, math.inf), "high": (0, 10)},
    source="Author 2020, https://example.org",
)


def fails(error, *words, **bound):
    arguments = bound.pop("arguments", ([1.0],))
    with pytest.raises(error) as raised:
        DECLARED.bind(arguments, bound)
    text = str(raised.value)
    assert "\n" not in text and all(w in text for w in ("ramp", *words)), text


def test_arguments_may_come_by_place_or_by_name():
    for arguments, options in [
        (("x", 0.5, 2), {}),
        (("x",), {"low": 0.5, "high": 2}),
        ((), {"high": 2, "low": 0.5, "x": "x"}),
        (("x", 0.5), {"maximum": 2}),
        (("x",), {"minimum": 0.5, "high": 2}),
    ]:
        assert DECLARED.bind(arguments, options) == (("x",), (0.5, 2.0))


def test_a_default_stands_in_for_what_is_not_given():
    assert DECLARED.bind(("x", 0.5), {}) == (("x",), (0.5, 1.0))


def test_numbers_become_python_floats():
    _, numbers = DECLARED.bind(("x",), {"low": np.float32(0.5), "high": np.int64(2)})
    assert [type(n) for n in numbers] == [float, float]


def test_none_means_what_the_declaration_says():
    assert DECLARED.bind(("x", 0.5), {"high": None}) == (("x",), (0.5, math.inf))


def test_none_is_an_error_where_it_means_nothing():
    fails(ValueError, "low=None", "finite number of at least 0", low=None)


@pytest.mark.parametrize("low", [-1, math.inf, math.nan, "1", [1, 2], 1j, object])
def test_a_number_out_of_range_or_none_at_all_is_an_error(low):
    fails(ValueError, "low=", "finite number of at least 0", low=low)


@pytest.mark.parametrize("high", [-0.001, 10.001, -math.inf])
def test_a_range_is_stated(high):
    fails(ValueError, f"high={high!r}", "from 0 to 10, or None", low=0, high=high)


def test_what_none_means_may_be_given_as_a_number():
    assert DECLARED.bind(("x", 0), {"high": math.inf}) == DECLARED.bind(("x", 0), {"high": None})


@pytest.mark.parametrize("high", [0, 10])
def test_both_ends_of_a_range_are_allowed(high):
    assert DECLARED.bind(("x", 0), {"high": high})[1] == (0.0, float(high))


def test_an_argument_and_its_alias_must_agree():
    assert DECLARED.bind(("x",), {"low": 0.5, "minimum": 0.5})[1] == (0.5, 1.0)
    fails(TypeError, "low is given twice", "0.5", "0.25", low=0.5, minimum=0.25)
    fails(TypeError, "low is given twice", arguments=([1.0], 0.5), minimum=0.25)
    fails(TypeError, "x is given twice", arguments=([1.0], 0.5), x=[2.0])


def test_an_unknown_option_suggests_the_nearest():
    fails(TypeError, "'hihg'", "did you mean 'high'?", hihg=1)
    fails(TypeError, "'minimun'", "did you mean 'minimum'?", minimun=1)
    fails(TypeError, "'zzz'", "it takes x, low, high", zzz=1)


def test_a_missing_argument_is_named():
    fails(TypeError, "low is missing")
    fails(TypeError, "x is missing", arguments=(), low=1)


def test_too_many_arguments_are_counted():
    fails(TypeError, "4 arguments", "x, low, high", arguments=(1, 2, 3, 4))


def test_kinks_may_depend_on_the_numbers():
    assert DECLARED.points("kinks", (0.25, 2.0)) == [0.25, 2.0]
    assert DECLARED.points("jumps", (0.25, 2.0)) == [3.0]


def test_kinks_may_depend_on_some_of_the_numbers():
    some = Declaration(ramp, ("x",), {"low": 0.0, "high": 1.0}, kinks=lambda high: [high, 2 * high])
    assert some.points("kinks", (0.0, 3.0)) == [3.0, 6.0]


def test_the_signature_is_the_formulas():
    assert str(DECLARED.signature()) == "(x, low, high=1.0)"


def test_without_defaults_there_are_no_default_numbers():
    assert DECLARED.default_numbers() is None
    assert Declaration(ramp, ("x",), {"low": 0.0, "high": 1}).default_numbers() == (0.0, 1.0)


def test_a_declaration_cannot_be_changed():
    with pytest.raises(AttributeError):
        DECLARED.source = "somebody else"


def test_help_says_everything_that_was_declared():
    op = elementwise()(lambda x: x)
    op.partial("x")(lambda: 1)
    text = DECLARED.help(op.partials, ">>> ramp([2.0])\nTensor([1.])")
    for words in (
        "Ramp: x between low and high.",
        "x : Tensor",
        "low : a finite number of at least 0; also called minimum",
        "high : a number from 0 to 10, or None; default 1.0; also called maximum",
        "d/dx: ",
        "kinks at places that low and high set",
        "jumps at 3",
        "Author 2020, https://example.org",
        ">>> ramp([2.0])\nTensor([1.])",
    ):
        assert words in text, text
