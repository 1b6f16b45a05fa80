"""CUDA without a GPU: in Numba's simulator, each time in a process of its own; and as PTX.

The simulator comes with Numba.  What needs NVIDIA's compiler is marked `cuda`: see test_ptx.py.
"""

import threading
import types
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from minigrad.kernels import simulator

SIMULATOR = {"NUMBA_ENABLE_CUDASIM": "1"}
START = """
import warnings
warnings.filterwarnings("ignore", "cuda: NUMBA_ENABLE_CUDASIM")
import numpy as np
import minigrad as mg
from minigrad import Tensor, activations, layers, losses, ops, optimizers
"""

ACTIVATIONS = """
from minigrad.cuda.check import allowed, compare
from minigrad.elementwise import elementwise

parts = 0
for op in activations.every().values():
    apart = compare(op)
    parts += len(apart)
    far = {part: ulp for part, ulp in apart.items() if ulp > allowed(part)}
    assert not far, (op.name, far)
assert parts >= 2 * len(activations.every())

# the check itself: a GPU that rounds x to float32 once more is seen
from minigrad.kernels import cuda
from minigrad.cuda import array
array.kernel.cache_clear()
exact = cuda.wrapped
cuda.wrapped = lambda inputs, i: tuple(x * (1 + 1e-7) for x in exact(inputs, i))
assert compare(activations.gelu)["value"] > 0
"""

TRAINING = """
rng = np.random.default_rng(0)
x = rng.standard_normal((8, 3)).astype(np.float32)
labels = rng.integers(0, 2, 8)


def trained(device, optimizer, loss, y, steps):
    model = mg.Sequential([
        layers.Dense(4, seed=1, input_shape=(3,)), layers.PReLU(0.25), layers.Dense(2, seed=2)
    ])
    model.compile(optimizer, loss)
    model.to(device)
    assert {w.device for w in model.weights} == {device}
    found = [model.train_on_batch(x, y) for _ in range(steps)]
    assert found[-1] < found[0]
    return found, model


sparse = losses.SparseCategoricalCrossentropy(from_logits=True)
here, model_here = trained("cpu", optimizers.SGD(0.1), sparse, labels, 20)
there, model_there = trained("cuda", optimizers.SGD(0.1), sparse, labels, 20)
np.testing.assert_allclose(there, here, rtol=1e-6)
for a, b in zip(model_there.get_weights(), model_here.get_weights(), strict=True):
    np.testing.assert_allclose(a, b, atol=1e-6)

y = np.eye(2, dtype=np.float32)[labels]
here, model_here = trained("cpu", optimizers.Adam(0.05), "mse", y, 3)
there, model_there = trained("cuda", optimizers.Adam(0.05), "mse", y, 3)
np.testing.assert_allclose(there, here, rtol=1e-6)

# what Adam has learned moves along, there and back
model_there.to("cpu")
assert {type(w) for w in model_there.weights} == {Tensor}
np.testing.assert_allclose(
    model_there.train_on_batch(x, y), model_here.train_on_batch(x, y), rtol=1e-6
)
model_there.to("cuda")
history = model_there.fit(x, y, batch_size=4, epochs=1, verbose=0, validation_data=(x, y))
assert np.isfinite(history.history["val_loss"][0])
np.testing.assert_array_equal(model_there.predict(x), model_there(x).data)
"""

OPS = """
import copy
import pickle
rng = np.random.default_rng(0)
a, b, c = (rng.standard_normal(s).astype(np.float32) for s in ((5, 7), (7, 3), (3,)))


def results(device, function, *arrays):
    tensors = [Tensor(v, requires_grad=True, device=device) for v in arrays]
    y = function(*tensors)
    (y * y).sum().backward()
    return [y.data, *(t.grad for t in tensors)]


for function, *arrays in (
    (ops.matmul, a, b),
    (ops.affine, a, b, c),
    (ops.softmax, a),
    (ops.log_softmax, a),
    (lambda x: ops.softmax_cross_entropy(x, [0, 1, 2, 3, 6]), a),
    (lambda x: ops.sum(x, axis=0), a),
    (lambda x: ops.mean(x, axis=-1, keepdims=True), a),
    (ops.mean, a),
    (lambda x: ops.reshape(x, (7, -1)), a),
    (lambda x: ops.mul(x, 2.5), a),
    (lambda x, s: ops.div(x, s), a, np.full((1,), 3, np.float32)),
    (lambda x: x[np.arange(5), np.array([0, 6, 2, 2, 1])], a),
    (lambda x: x.to("cpu").to(x.device), a),
):
    for there, here in zip(
        results("cuda", function, *arrays), results("cpu", function, *arrays), strict=True
    ):
        np.testing.assert_allclose(there, here, rtol=2e-6, atol=1e-6)

x = Tensor([1.5, -2.0], requires_grad=True, device="cuda")
assert repr(x) == "Tensor([ 1.5, -2. ], requires_grad=True, device='cuda')"
assert x.device == "cuda" and x.cpu().device == "cpu"
total = (x * x.cpu().to("cuda") + x).sum()  # used three times: gradients add up on the device
total.backward()
np.testing.assert_array_equal(x.grad, [4.0, -3.0])
x.data = [3.0, 4.0]
assert x.detach().numpy().tolist() == [3.0, 4.0] and float(x.sum()) == 7.0
(x * x).backward(x.detach())  # a gradient from the device
np.testing.assert_array_equal(x.grad, [4 + 2 * 3.0**2, -3 + 2 * 4.0**2])
for again in (copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
    assert again.device == "cuda" and again.data.tolist() == [3.0, 4.0]
# an optimizer updates each weight where it is, and clips values there
pair = [Tensor([1.0], requires_grad=True, device=d) for d in ("cpu", "cuda")]
(pair[0].to("cuda") * pair[1] * 8).sum().backward()
optimizers.SGD(0.5, clipvalue=1.0).step(pair)
assert [(w.device, w.item()) for w in pair] == [("cpu", 0.5), ("cuda", 0.5)]
# nan wherever it comes from, and a sum of more than one block
long = np.linspace(-1, 1, 200, dtype=np.float32).reshape(100, 2)
slopes = [Tensor([0.5, np.nan], requires_grad=True, device=d) for d in ("cuda", "cpu")]
for alpha in slopes:
    activations.prelu(Tensor(long, device=alpha.device), alpha).sum().backward()
np.testing.assert_array_equal(slopes[0].grad, slopes[1].grad)
"""

REFUSALS = """
x = Tensor(np.ones((4, 3)), dtype="float32", requires_grad=True, device="cuda")
here = Tensor(np.ones((4, 3), np.float32))
model = mg.Sequential([layers.Dense(2, input_shape=(3,))])
model.to("cuda")
with_gradient = Tensor(here, requires_grad=True, device="cuda")
with_gradient.sum().backward()

from minigrad.kernels import cuda


class Full:
    def __getattr__(self, name):
        return getattr(real, name)

    def to_device(self, array):
        raise RuntimeError("[2] Call to cuMemAlloc results in CUDA_ERROR_OUT_OF_MEMORY")


def full():
    global real
    real, cuda.cuda = cuda.cuda, Full()
    try:
        Tensor(np.ones(1000), device="cuda")
    finally:
        cuda.cuda = real


for attempt in (
    lambda: x + here,
    lambda: ops.affine(here, x, x),
    lambda: model(here),
    lambda: ops.stack([x, x]),
    lambda: activations.glu(x),
    lambda: x.T,
    lambda: x[0],
    lambda: x + np.ones((4, 1), np.float32),
    lambda: x + np.ones((4, 3)),
    lambda: x.reshape(5),
    lambda: x.sum(axis=()),
    lambda: ops.softmax(x, axis=0),
    lambda: ops.softmax_cross_entropy(x, [0, 1, 2, 3]),
    lambda: ops.matmul(x, x),
    lambda: ops.matmul(x[range(4), [0] * 4].reshape(4, 1), np.ones((1, 262_141), np.float32)),
    lambda: np.exp(x._data),
    lambda: Tensor(x),
    lambda: optimizers.SGD(0.1, clipnorm=1.0).step([with_gradient]),
    lambda: mg.explain(x * x),
    lambda: Tensor(np.ones((0, 3)), device="cuda"),
    lambda: Tensor([1.0], dtype="float16", device="cuda"),
    lambda: Tensor([1.0], device="gpu"),
    lambda: mg.Sequential([layers.Dense(2)]).to("cuda"),
    lambda: losses.SparseCategoricalCrossentropy()([0, 1, 2, 0], ops.softmax(x)),
    full,
):
    try:
        attempt()
    except Exception as error:
        print(type(error).__name__, "|", error)
    else:
        print("nothing was refused")
"""


@pytest.mark.parametrize(
    "script", [ACTIVATIONS, TRAINING, OPS], ids=["activations", "training", "ops"]
)
def test_the_simulator_computes_what_the_cpu_does(script, run_python):
    run_python(START + script, seconds=300, **SIMULATOR)


def test_threads_that_ask_at_the_same_time_share_their_memory(monkeypatch):
    both = threading.Barrier(2)

    def empty(shape, dtype):
        both.wait(60)  # both have looked by now, and found nothing
        return np.empty(shape, dtype)

    monkeypatch.setattr(simulator, "np", types.SimpleNamespace(empty=empty))
    block = types.SimpleNamespace(_allocations={})
    with ThreadPoolExecutor(2) as threads:
        ask = [threads.submit(lambda: simulator.shared_array(block, (2, 2), "f4")) for _ in "ab"]
        a, b = (one.result() for one in ask)
    assert a is b and len(block._allocations) == 1


def test_what_cannot_be_done_on_a_gpu_is_refused_in_one_line(run_python):
    lines = run_python(START + REFUSALS, seconds=120, **SIMULATOR).splitlines()
    expected = [
        "ValueError | add: one tensor of shape (4, 3) is on the cpu",
        "ValueError | affine: one tensor of shape (4, 3) is on the cpu",
        "ValueError | affine: one tensor of shape (4, 3) is on the cpu",
        "TypeError | stack: not available on cuda",
        "TypeError | glu: not available on cuda",
        "ValueError | transpose: axes () asked on cuda",
        "IndexError | index: 0 asked on cuda",
        "ValueError | add: shapes (4, 3) and (4, 1) on cuda",
        "TypeError | add: float64 and float32 given on cuda",
        "ValueError | reshape: shape (5,)",
        "ValueError | sum: axis=() asked on cuda",
        "ValueError | softmax: axis=0",
        "ValueError | softmax_cross_entropy: labels from 0 to 3 given for 3 classes",
        "ValueError | matmul: shapes (4, 3) and (4, 3) given on cuda",
        "ValueError | matmul: 262141 columns asked on cuda; at most 262140 fit",
        "TypeError | cuda: NumPy's exp asked of an array on the GPU",
        "ValueError | tensor: cannot make an array of",
        "TypeError | clipnorm: a gradient of shape (4, 3) on cuda given",
        "ValueError | explain: a tensor of shape (4, 3) on cuda given",
        "ValueError | cuda: an array of shape (0, 3) has no numbers",
        "TypeError | cuda: dtype float16 given",
        "ValueError | device: 'gpu' given; it must be 'cpu' or 'cuda'",
        "ValueError | sequential: it has no weights yet",
        "ValueError | sparse_categorical_crossentropy: probabilities given on cuda",
        "MemoryError | cuda: an array of shape (1000,) and float64 needs 0 MB",
    ]
    assert len(lines) == len(expected), lines
    for line, beginning in zip(lines, expected, strict=True):
        assert line.startswith(beginning), line


def test_the_simulator_says_that_it_is_no_gpu(run_python):
    script = """
import warnings
import minigrad as mg
from minigrad import doctor
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    mg.Tensor([1.0], device="cuda")
print(said[-1].message)
print(dict(doctor.gpu())["simulator"])
"""
    said = run_python(script, **SIMULATOR)
    assert "run in Numba's simulator" in said and "ON: NUMBA_ENABLE_CUDASIM is set" in said


def test_a_wrong_wish_for_what_is_inside_is_refused_before_anything_is_compared(start_python):
    script = "from minigrad.__main__ import main\nexit(main(['check', 'relu', '--device', 'cuda']))"
    process = start_python(script, MINIGRAD_CUDA_INSIDE="float16", **SIMULATOR)
    said = process.communicate(timeout=60)[1]
    assert said == "minigrad: cuda: MINIGRAD_CUDA_INSIDE='float16' given; use float64 or float32\n"
    assert process.returncode == 2


def test_cuda_asked_for_and_absent_is_an_error_that_says_what_to_install(run_python):
    script = """
import importlib.util, sys, types, warnings
warnings.simplefilter("ignore")  # Numba's own module warns of its successor
import minigrad as mg
from minigrad.cuda import array


def refusal():
    array.gpu.cache_clear()
    try:
        mg.Tensor([1.0], device="cuda")
    except Exception as error:
        print(type(error).__name__, error)


array.find_spec = lambda name: None
refusal()
array.find_spec = lambda name: name
from minigrad.kernels import cuda
cuda.has_gpu = lambda: False
refusal()
cuda.has_gpu = lambda: True
cuda.missing_toolkit = lambda: "the CUDA toolkit is missing (no libnvrtc)"
refusal()
print(mg.cuda.is_available())
"""
    package, driver, toolkit, available = run_python(script).splitlines()
    assert package.startswith("ImportError cuda: the package numba-cuda is missing; install it")
    assert driver.startswith("RuntimeError cuda: no NVIDIA driver or no GPU is found")
    assert toolkit.startswith("RuntimeError cuda: the CUDA toolkit is missing (no libnvrtc)")
    assert available == "False"
