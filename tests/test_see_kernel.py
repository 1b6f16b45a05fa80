"""The kernel viewer: what it shows is what runs, and it tells vector code from scalar code."""

import os
import re
import sys

import numpy as np
import pytest

from minigrad import activations, elementwise, ops
from minigrad.see import kernel
from minigrad.see.kernel import KernelView, body, kind_of

compiler = pytest.mark.compiler


@elementwise(source="Heron")
def heron(x):
    """Heron: the root of |x|, step by step until it is good enough: nothing for vectors."""
    root = abs(x) + 1.0
    while root * root - abs(x) > 1e-3:
        root = 0.5 * (root + abs(x) / root)
    return root


@elementwise()
def refused(x):
    """Refused: a formula that Numba cannot compile."""
    return {"x": x}["y"].nothing


@pytest.fixture(scope="module")
def relu() -> KernelView:
    return kernel(activations.relu)


@compiler
def test_relu_is_vector_code(relu):
    assert relu.verdict.startswith("vector code")
    assert relu.vector_instructions > 0 < relu.scalar_instructions


@compiler
def test_a_loop_that_cannot_be_vector_code_is_seen():
    shown = kernel(heron)
    assert shown.verdict.startswith("scalar code")
    assert shown.vector_instructions == 0 < shown.scalar_instructions


@compiler
def test_printing_shows_loop_formula_types_and_counts(relu):
    text = str(relu)
    for words in (
        "relu_forward, float32, for alpha=0, max_value=inf, threshold=0",
        "for i in prange(out.size):", "def relu(x, alpha=0.0",
        "loop: out: array(float32, 1d, C)", "loop: y: float64", "formula: alpha: float64",
        "formula: returns: float64", str(relu.vector_instructions), ".parallel_diagnostics",
    ):  # fmt: skip
        assert words in text
    assert repr(relu) == text and "$" not in text


@compiler
def test_the_code_is_not_a_stub(relu):
    assert "fcmp" in relu.llvm and re.search(r"<\d+ x float>", relu.llvm)
    assert "define" in relu.llvm and len(relu.assembly.splitlines()) > 50


@compiler
def test_each_vector_instruction_is_marked(relu):
    marked = [line for line in relu.assembly.splitlines() if line.startswith(">> ")]
    assert len(marked) == relu.vector_instructions
    assert all(kind_of(line[3:]) == "vector" for line in marked)


@elementwise()
def bowl(x, a=2.0, b=5.0):
    """Bowl: a x + b x**2."""
    return a * x + b * x * x


@bowl.partial("x")
def dbowl_dx(x, b, a):
    return a + 2 * b * x


@compiler
def test_a_partial_that_reads_numbers_in_another_order_knows_each():
    shown = kernel(bowl, which="x")
    assert "for b=5, a=2" in str(shown)
    gx = np.zeros(1, np.float32)
    shown._kernel.loop(np.ones(1), (np.ones(1),), (0.0, 0.0), gx)
    assert gx[0] == 12.0


@compiler
def test_gradients_and_float64_are_shown_too():
    shown = kernel(activations.prelu, np.float64, "alpha")
    assert "dprelu_dalpha_gradient, float64" in str(shown)
    assert "loop: gy: array(float64, 1d, C)" in str(shown)
    assert "def dprelu_dalpha(x):" in shown.source and "def gradient(df):" in shown.source


@compiler
def test_a_partial_that_reads_nothing_has_a_kernel():
    assert "dadd_da" in str(kernel(ops.add, which="a"))
    assert kernel(activations.elu.partials["x"]).types["formula: returns"] == "float64"


@compiler
def test_diagnostics_name_the_parallel_loop(run_python):
    script = "from minigrad import activations, see; k = see.kernel(activations.relu); "
    out = run_python(script + "text = k.parallel_diagnostics; print(text.count('#0'), len(text))")
    found, length = map(int, out.split())  # nothing else was printed
    assert found >= 1 and length > 200


@compiler
def test_ptx_is_there_or_one_line_says_how_to_get_it(relu, monkeypatch):
    text = relu.ptx
    assert ".visible" in text or "\n" not in text
    module = sys.modules["minigrad.see.kernel"]  # the name itself is the function
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    assert relu.ptx == "PTX needs numba-cuda: pip install 'minigrad-numba[cuda]'"


@compiler
def test_the_cache_is_neither_read_nor_written(run_python, tmp_path):
    script = (
        "from minigrad import activations, see; print('fcmp' in see.kernel(activations.elu).llvm)"
    )
    folder = tmp_path / "kernels"
    for _ in range(2):
        assert run_python(script, MINIGRAD_CACHE_DIR=str(folder)).strip() == "True"
    assert not folder.exists() or not os.listdir(folder)


@compiler
def test_a_formula_that_cannot_be_compiled_gets_one_line():
    with pytest.raises(TypeError, match="refused: the formula cannot be compiled") as raised:
        kernel(refused)
    assert "\n" not in str(raised.value)


@compiler
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("relu",), TypeError, "kernel: 'relu' given; it must be an op"),
        ((np.tanh,), TypeError, "kernel: tanh given; it must be an op"),
        ((activations.softmax,), TypeError, "kernel: softmax given; it must be an op"),
        ((activations.relu, "int32"), ValueError, "kernel: dtype='int32' given"),
        ((activations.relu, "float12"), ValueError, "kernel: dtype='float12' given"),
        ((activations.relu, "float16"), ValueError, "float16 is computed as float64"),
        ((activations.relu, "float32", "z"), ValueError, "which='z' given; of relu there is"),
        ((heron, "float32", "x"), ValueError, "kernel: dheron/dx is not declared"),
    ],
)
def test_what_has_no_kernel_gets_one_line(arguments, error, message):
    with pytest.raises(error, match=re.escape(message)) as raised:
        kernel(*arguments)
    assert "\n" not in str(raised.value)


def test_without_the_compiler_one_line_says_so(run_python):
    script = """
from minigrad import activations, see
try:
    see.kernel(activations.relu)
except RuntimeError as error:
    print(error)
"""
    out = run_python(script, NUMBA_DISABLE_JIT="1")
    assert out.startswith("kernel: nothing is compiled while NUMBA_DISABLE_JIT is set")


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("\tvcmpltpd\t%zmm7, %zmm0, %k1", "vector"), ("\tvcvtps2pd\t%ymm6, %zmm10", "vector"),
        ("\tvfmadd231pd\t%ymm6, %ymm7, %ymm8", "vector"), ("\tmulps\t%xmm0, %xmm1", "vector"),
        ("\tvminsd\t%xmm4, %xmm1, %xmm5", "scalar"), ("\tucomisd\t%xmm3, %xmm0", "scalar"),
        ("\tvmovups\t(%rdx), %ymm6", ""), ("\tvxorpd\t%xmm3, %xmm3, %xmm3", ""),
        ("\taddq\t$32, %r9", ""), (".LBB0_2:", ""), ("\tvpaddq\t%zmm1, %zmm2, %zmm3", ""),
        ("\tfadd\tv0.2d, v1.2d, v2.2d", "vector"), ("\tfmul\tz0.d, p0/m, z0.d, z1.d", "vector"),
        ("\tfcmgt\tp1.d, p0/z, z1.d, #0.0", "vector"), ("\tfadd\td0, d1, d2", "scalar"),
        ("\tfmov\td0, #1.00000000", ""), ("\tadd\tx0, x1, x2", ""),
    ],
)  # fmt: skip
def test_instructions_are_told_apart(line, kind):
    assert kind_of(line) == kind


def test_only_the_function_itself_is_read():
    text = "_ZN5outer:\n\tmulpd a\n.Lfunc_end0:\n_ZN7cpython5outer:\n\taddpd b\n.Lfunc_end1:\n"
    assert list(body(text, "outer")) == ["\tmulpd a"]
