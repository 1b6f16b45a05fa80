"""Vector code: every loop of every op is compiled to it, here and for processors with less.

A script runs each op once in plain Python and notes which kernels it took.  It compiles those, and
hands what Numba gave to LLVM again for other processors.  There is nothing to time: the code for a
loop either works on several numbers at once, or it does not.
"""

import json

import pytest
from conftest import ROOT

from minigrad.optimizers import Update, adam, adaptive, descent, gradients

pytestmark = pytest.mark.compiler

# Loops that stay scalar, and why.
SCALAR: dict[str, str] = {}  # none is left
# Loops of which a part stays scalar: sums in a fixed order, and what is done once for each row.
PARTLY = {
    "exp_softmax_forward", "exp_softmax_gradient", "exp_log_softmax_forward",
    "exp_log_softmax_gradient", "divide_cross_entropy_gradient", "log1p_cross_entropy",
}  # fmt: skip
TARGETS = ["host", "haswell", "aarch64"]

SCRIPT = """
import json, re, sys
sys.path.insert(0, {tests!r})
import numba
import numpy as np
import llvmlite.binding as llvm
import oracle
from numba.core import caching, codegen
from minigrad import Tensor, optimizers
from minigrad.kernels import compiler, kernel, loops
from minigrad.optimizers import memory

llvm.initialize_all_targets()
TARGETS = {{
    "haswell": ("x86_64-unknown-linux-gnu", "haswell"),
    "aarch64": ("aarch64-unknown-linux-gnu", "generic"),
}}

# What is run is noted with its first arguments, and runs as it stands.
noted = {{}}
def note(self, *arguments):
    arguments = self._laid(arguments)
    types = [compiler.numba_type(a) for a in arguments]
    noted.setdefault((self.name, str(types)), (self, arguments))
    with np.errstate(all="ignore"):
        self.loop(*map(kernel.as_float64, arguments))
kernel.Kernel._run_as_it_stands = note

for program in oracle.programs():
    oracle.run(program, oracle.inputs_of(program, {dtype!r}))
for optimizer in [kind() for kind in optimizers.ALL.values()] + [
    optimizers.SGD(momentum=0.9), optimizers.SGD(momentum=0.9, nesterov=True),
    optimizers.RMSprop(momentum=0.9, centered=True), optimizers.Adam(amsgrad=True),
    optimizers.SGD(clipvalue=0.1), optimizers.SGD(clipnorm=0.1, gradient_accumulation_steps=2),
]:
    for memory.SMALL in (5, 4):  # the second time the weight is large
        weight = Tensor(np.ones(5, {dtype!r}), requires_grad=True)
        for _ in range(2):
            weight.backward(np.ones(5))
            optimizer.step([weight])

def running_sum(total):
    def loop(inputs, numbers, out):
        for i in range(1, out.size):
            out[i] = total(out[i - 1], inputs[0][i])
    return loop
def total(a, b):
    return a * b + 1.0
five = np.ones(5, {dtype!r})
noted["checker"] = kernel.Kernel(running_sum, total), ((five,), (), five)

unoptimised, noting = [], None
optimise = codegen.CPUCodeLibrary._optimize_final_module
def keep(library):
    if noting in library.name:  # not the functions that it calls
        unoptimised.append(str(library._final_module))
    optimise(library)
codegen.CPUCodeLibrary._optimize_final_module = keep

def for_target(text, triple, cpu):
    # as Numba does it, for another processor; the machine code itself is not needed
    machine = llvm.Target.from_triple(triple).create_target_machine(cpu=cpu, opt=3)
    module = llvm.parse_assembly(re.sub(r"target (triple|datalayout) = .*", "", text))
    module.triple, module.data_layout = triple, str(machine.target_data)
    options = llvm.create_pipeline_tuning_options(speed_level=3)
    options.loop_vectorization = True
    options.slp_vectorization = False
    options.loop_unrolling = False  # a loop for what is left over is counted once
    passes = llvm.create_pass_builder(machine, options)
    passes.getModulePassManager().run(module, passes)
    return str(module)

NUMBER = r"(?:f(?:add|sub|mul|div|neg|cmp|pext|ptrunc)|select|uitofp|sitofp|bitcast)"
def counts(text, name):
    # floating-point results in the kernel itself: those that vectors hold, and single ones
    functions = re.findall(r"(define [^\\n]*)(.*?\\n\\}})", text, re.S)
    body = "".join(b for d, b in functions if name in d and "cpython" not in d and "cfunc" not in d)
    number = re.compile(rf" = (?:(?:tail call )?{{NUMBER}} |(?:tail )?call [^@]*@llvm\\.fma)")
    lines = [line for line in body.splitlines() if number.search(line)]
    lanes = [re.search(r"<(\\d+) x (?:float|double)>", line) for line in lines]
    single = [line for line, many in zip(lines, lanes)
              if not many and re.search(r"\\b(?:float|double)\\b", line)]
    return sum(int(many[1]) for many in lanes if many), len(single)

found = {{}}
for made, arguments in noted.values():
    dispatcher, signature = compiler.prepare(made.loop, made.name, arguments, False)
    dispatcher._cache, noting = caching.NullCache(), dispatcher.__name__
    dispatcher.compile(signature)
    layout = " ".join(str(a.ndim) + "d" for a in arguments if isinstance(a, np.ndarray))
    inputs = [a for a in arguments if isinstance(a, tuple)]
    layout += " " + "".join(str(getattr(x, "ndim", "n")) for x in (inputs or [()])[0])
    texts = {{"host": dispatcher.inspect_llvm(signature)}}
    texts |= {{name: for_target(unoptimised[-1], *target) for name, target in TARGETS.items()}}
    found[made.name + " " + layout.strip()] = {{
        name: counts(text, made.name) for name, text in texts.items()
    }}
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def cache():
    return {}


@pytest.fixture(params=["float32", pytest.param("float64", marks=pytest.mark.slow)])
def kernels(request, run_python, cache):
    """For each kernel and target: how many instructions work on several numbers, and on one."""
    dtype = request.param
    if dtype not in cache:
        script = SCRIPT.format(tests=str(ROOT / "tests"), dtype=dtype)
        cache[dtype] = json.loads(run_python(script, seconds=900))
    return cache[dtype]


def scalar(kernels, target):
    """The kernels whose loop is scalar, with both counts.

    A vector loop comes with a scalar one for what is left over: it must not compute more than the
    vectors do, or twice as much where Numba has written it out several times.
    """
    copies = 2 if target == "host" else 1
    counts = {name: c[target] for name, c in kernels.items()}
    return {
        name: (many, single)
        for name, (many, single) in counts.items()
        if not many or (copies * many < single and name.split()[0] not in PARTLY)
    }


@pytest.mark.parametrize("target", TARGETS)
def test_every_loop_is_vector_code(kernels, target):
    found = scalar(kernels, target)
    expected = {"total_running_sum", *SCALAR}
    assert {n: c for n, c in found.items() if n.split()[0] not in expected} == {}


@pytest.mark.parametrize("target", TARGETS)
def test_a_loop_that_cannot_be_vector_code_is_seen(kernels, target):
    names = {name.split()[0] for name in scalar(kernels, target)}
    assert {"total_running_sum", *SCALAR} <= names


@pytest.mark.parametrize("target", TARGETS)
def test_the_exponentials_of_softmax_are_vector_code(kernels, target):
    counts = [c[target] for name, c in kernels.items() if "softmax" in name]
    assert len(counts) == 4  # forward and back, and those of the logarithm
    # a polynomial of 7 terms, for two numbers or more at once
    assert all(many > 30 for many, _ in counts)


def test_the_script_has_met_every_kind_of_loop(kernels):
    names = " ".join(kernels)
    for loop in (
        "forward", "gradient", "gradient_of_steps", "forward_rows", "gradient_rows",
        "gradient_features", "exp_softmax_forward", "exp_softmax_gradient",
        "cross_entropy_gradient", "adam_means", "adam_means_over", "descended_over",
    ):  # fmt: skip
        assert loop in names


def test_the_script_has_met_every_update_of_every_optimizer(kernels):
    met = {name.split()[0] for name in kernels}
    updates = {
        f"{update.formula.__name__}_{update.loops[0].__name__}"
        for module in (adam, adaptive, descent, gradients)
        for update in vars(module).values()
        if isinstance(update, Update)
    }
    assert len(updates) > 15 and updates <= met
