"""float32 inside: the formulas rewritten, and how far they are from the exact ones."""

import runpy
from pathlib import Path

import numpy as np
import pytest

from minigrad import activations
from minigrad.kernels.single import single

SCRIPT = runpy.run_path(str(Path(__file__).parents[1] / "docs" / "float32_inside.py"))


@pytest.mark.parametrize("op", activations.every().values(), ids=lambda op: op.name)
def test_every_formula_computes_in_float32_all_the_way(op):
    for part in (op, *op.partials.values()):
        declared = part.declaration
        numbers = [np.float32(0.75)] * len(declared.numbers)
        for x in np.float32([-2.5, -0.25, 0.25, 2.5]):
            y = single(declared.formula)(*[x] * len(declared.inputs), *numbers)
            assert isinstance(y, np.float32), (declared.name, type(y))


def test_a_formula_without_source_is_refused():
    with pytest.raises(TypeError, match="<lambda>: float32 inside needs the source"):
        single(eval("lambda x: 2 * x"))


@pytest.mark.compiler
def test_the_error_of_float32_inside_is_measured():
    assert SCRIPT["errors"](activations.relu) == {"value": (0, 0.0), "d/dx": (0, 0.0)}
    ulp, error = SCRIPT["errors"](activations.softsign)["value"]
    assert 0 < ulp < 5 and 0 < error < 1e-6
