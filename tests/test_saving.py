"""Files of models: the same to the last bit, or refused; none runs code or fills the memory."""

import json
import os
import struct
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load_file, save
from test_layers import MERGING, example, made

from minigrad import configs, layers, optimizers, schedules
from minigrad.callbacks import ModelCheckpoint
from minigrad.layers import ALL, Add, BatchNormalization, Dense, Dropout, Flatten, Input, PReLU
from minigrad.layers.layer import Layer
from minigrad.losses import Huber
from minigrad.model import Model, Sequential, clone_model
from minigrad.random import generator
from minigrad.saving import ModelFileError, load_model, model_from_json
from minigrad.saving.files import begin, checksum, read, replace, write
from minigrad.saving.notation import packed, parsed, unpacked, written

TESTS = Path(__file__).parent


def small_model():
    """Dense, normalised, with noise, trained: what can be lost is there."""
    model = Sequential(
        [Input(4), Dense(3, "relu", seed=0), BatchNormalization(), Dropout(0.5, seed=1), Dense(2)]
    )
    model.compile("adam", "mse", metrics=["mae"])
    x, y = examples()
    model.fit(x, y, epochs=1, batch_size=4, verbose=0)
    return model


def examples():
    rng = np.random.default_rng(5)
    return rng.normal(size=(12, 4)).astype("f4"), rng.normal(size=(12, 2)).astype("f4")


def outputs(model, x):
    found = model.predict(x)
    return found if isinstance(found, list) else [found]


def assert_goes_on_alike(model, again, x, y):
    """Predictions, three more steps, and what comes of them: the same bits."""
    assert again.get_config() == model.get_config()
    for a, b in zip(outputs(model, x), outputs(again, x), strict=True):
        np.testing.assert_array_equal(a, b)
    for _ in range(3):
        assert again.train_on_batch(x, y) == model.train_on_batch(x, y)
    for a, b in zip(model.get_weights(), again.get_weights(), strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)


def saved_again(model, path, **options):
    model.save(path, **options)
    return load_model(path)


@pytest.mark.parametrize("name", ALL)
def test_a_model_with_any_layer_goes_on_alike(name, tmp_path):
    x = example(name)
    inputs = [Input(a.shape[1:]) for a in x] if name in MERGING else Input(x.shape[1:])
    middle = Flatten()(made(name, seed=3)(inputs))
    model = Model(inputs, Dense(2, seed=4)(middle))
    model.compile("adam", "mse")
    y = np.ones((2, 2), "f4")
    model.train_on_batch(x, y)
    assert_goes_on_alike(model, saved_again(model, tmp_path / "m"), x, y)


@pytest.mark.parametrize("name", optimizers.ALL)
def test_any_optimizer_goes_on_alike(name, tmp_path):
    kind = optimizers.ALL[name]
    optimizer = kind(schedules.ExponentialDecay(0.1, 2, 0.5), use_ema=True, clipnorm=1.0)
    model = Sequential([Dense(2, seed=0)])
    model.compile(optimizer, Huber(2.0))
    x, y = examples()
    for _ in range(3):
        model.train_on_batch(x, y)
    assert_goes_on_alike(model, saved_again(model, tmp_path / "m"), x, y)


def test_gradients_that_wait_are_kept(tmp_path):
    model = Sequential([Dense(2, seed=0)])
    model.compile(optimizers.SGD(0.1, gradient_accumulation_steps=3), "mse")
    x, y = examples()
    model.train_on_batch(x, y)
    assert_goes_on_alike(model, saved_again(model, tmp_path / "m"), x, y)


def joined_model():
    """Shared layers, a model in a model, two outputs, an input that is a list."""
    a, b = Input((4,), name="a"), Input((4,), name="b")
    shared = Dense(4, "tanh", name="shared")
    inner = Sequential([Dense(3), Sequential([PReLU()])], name="inner")
    total = Add()([shared(a), shared(b)])
    return Model([a, b], [Dense(2)(inner(total)), Dropout(0.5)(total)], name="joined")


def test_models_of_every_form_go_on_alike(tmp_path):
    x, y = examples()
    nested = Sequential([Dense(4), Sequential([Dense(4), Dropout(0.2)]), Dense(2)])
    nested.compile("sgd", "mse")
    nested.train_on_batch(x, y)
    assert_goes_on_alike(nested, saved_again(nested, tmp_path / "n"), x, y)
    joined = joined_model()
    joined.compile("rmsprop", ["mse", "mae"], loss_weights=[1.0, 0.5], metrics=[["mae"], ["mse"]])
    labels = [y, np.ones((12, 4), "f4")]
    joined.train_on_batch([x, x], labels)
    assert_goes_on_alike(joined, saved_again(joined, tmp_path / "j"), [x, x], labels)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_every_dtype_is_kept(dtype, tmp_path):
    model = Sequential([Dense(2, dtype=dtype, seed=0)], dtype=dtype)
    model.compile("adam", "mse")
    x, y = examples()
    model.train_on_batch(x, y)
    assert_goes_on_alike(model, saved_again(model, tmp_path / "m"), x, y)


def test_a_model_that_never_saw_data_begins_alike(tmp_path):
    model = Sequential([Dense(3), Dense(2)])
    again = saved_again(model, tmp_path / "m")
    x, _ = examples()
    np.testing.assert_array_equal(again.predict(x), model.predict(x))


def test_without_the_optimizer_a_model_is_not_compiled(tmp_path):
    again = saved_again(small_model(), tmp_path / "m", include_optimizer=False)
    assert again.optimizer is None
    x, y = examples()
    with pytest.raises(ValueError, match="compile"):
        again.fit(x, y)


def test_a_loaded_model_can_grow(tmp_path):
    again = saved_again(small_model(), tmp_path / "m")
    again.pop()
    again.add(Dense(5))
    assert again.predict(examples()[0]).shape == (12, 5)


def test_saving_what_was_loaded_gives_the_same_file(tmp_path):
    model = small_model()
    again = saved_again(model, tmp_path / "a")
    again.save(tmp_path / "b")
    first, second = read(str(tmp_path / "a")), read(str(tmp_path / "b"))
    assert first[0] == second[0]
    assert first[1].keys() == second[1].keys()
    for name, array in first[1].items():
        np.testing.assert_array_equal(array, second[1][name])


def test_other_programs_find_the_weights_by_name(tmp_path):
    model = small_model()
    model.save_weights(tmp_path / "w")
    found = load_file(tmp_path / "w")
    names = ["gamma", "beta", "moving_mean", "moving_variance"]
    expected = {f"batch_normalization.{name}" for name in names}
    expected |= {f"{layer}.{name}" for layer in ("dense", "dense_1") for name in ("kernel", "bias")}
    assert set(found) == expected
    np.testing.assert_array_equal(found["dense.kernel"], model.layers[0].kernel.data)


def test_weights_alone_go_into_a_model_of_the_same_form(tmp_path):
    model, other = small_model(), small_model()
    other.set_weights([np.zeros_like(w) for w in other.get_weights()])
    model.save_weights(tmp_path / "w")
    other.load_weights(tmp_path / "w")
    for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    model.save(tmp_path / "m")  # a whole model has them too
    other.load_weights(tmp_path / "m")


def test_weights_that_do_not_fit_change_nothing(tmp_path):
    small_model().save_weights(tmp_path / "w")
    wide = Sequential([Dense(4), BatchNormalization(), Dropout(0.5), Dense(2)])
    with pytest.raises(ModelFileError, match="call the model once"):
        wide.load_weights(tmp_path / "w")
    wide.predict(examples()[0])
    before = wide.get_weights()
    with pytest.raises(ModelFileError, match=r"dense.kernel has shape \(4, 3\)"):
        wide.load_weights(tmp_path / "w")
    for a, b in zip(before, wide.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    with pytest.raises(ModelFileError, match="make the model, then load_weights"):
        load_model(tmp_path / "w")


class Scale(Layer):
    def __init__(self, start=1.0, **shared):
        super().__init__(**shared)
        self.start = start

    def build(self, shape):
        self.factor = self.add_weight(shape[1:], self.start)

    def call(self, x):
        return x * self.factor


class Net(Model):
    def __init__(self, units=3, **shared):
        super().__init__(**shared)
        self.units = units
        self.first, self.second = Dense(units, seed=0), Dense(2, seed=1)

    def call(self, x):
        return self.second(self.first(x))


def distance(y_true, y_pred):
    return (y_pred - y_true) ** 2


def test_your_own_classes_and_functions_are_found_where_you_say(tmp_path):
    x, y = examples()
    for model in (Sequential([Scale(2.0), Net()]), Net()):
        model.compile("sgd", distance, metrics=[distance])
        model.train_on_batch(x, y)
        model.save(tmp_path / "m")
        with pytest.raises(ModelFileError, match="custom_objects"):
            load_model(tmp_path / "m")
        known = {"Scale": Scale, "Net": Net, "distance": distance}
        assert_goes_on_alike(model, load_model(tmp_path / "m", known), x, y)


class Closed(Model):
    def __init__(self):
        super().__init__()
        self.first = Dense(2)

    def call(self, x):
        return self.first(x)


class Joined(Model):
    def __init__(self):
        x = Input(4)
        super().__init__(x, Dense(2)(x))


class Forgetful(Closed):
    def __init__(self, units):
        super().__init__()


def test_what_cannot_be_saved_says_what_to_do_instead(tmp_path):
    x, y = examples()
    shared = Dense(2)
    cases = [
        (Closed(), "let it take"),
        (Joined(), "let it take"),
        (Forgetful(2), "get_config.*save_weights"),
        (Sequential([layers.Lambda(lambda x: x)]), "custom_objects.*save_weights"),
        (Sequential([Sequential([shared]), Sequential([shared])]), "belongs to two"),
        (Sequential([Dense(2, name="../x")]), "letters, digits"),
        (Sequential([Dense(2, name=".x")]), "letters, digits"),
        (Sequential([Dense(2, name="x" * 10_000_000)]), "letters, digits"),
    ]
    for model, message in cases:
        with pytest.raises(ValueError, match=message) as error:
            model.save(tmp_path / "m")
        assert "\n" not in str(error.value)
    model = Sequential([Dense(2)])
    model.compile("sgd", lambda y, p: (p - y) ** 2)
    with pytest.raises(ValueError, match="include_optimizer=False"):
        model.save(tmp_path / "m")
    with pytest.raises(FileNotFoundError, match="make it first"):
        model.save(tmp_path / "none" / "m", include_optimizer=False)
    assert os.listdir(tmp_path) == []
    net = Closed()
    net.predict(x)
    net.save_weights(tmp_path / "m")
    net.load_weights(tmp_path / "m")


def test_json_makes_the_model_again():
    model = joined_model()
    text = model.to_json(indent=1)
    assert model_from_json(text).get_config() == model.get_config()
    for bad in ("", "[1]", '{"class_name": "os.system"}', text[:-1], '{"class_name": "Dense"}'):
        with pytest.raises(ModelFileError):
            model_from_json(bad)


def test_the_callback_that_saves_models_does(tmp_path):
    model = small_model()
    x, y = examples()
    path = tmp_path / "model-{epoch}.minigrad"
    model.fit(x, y, epochs=2, verbose=0, callbacks=[ModelCheckpoint(path)])
    assert_goes_on_alike(model, load_model(tmp_path / "model-2.minigrad"), x, y)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inside: (
        st.lists(inside, max_size=20)
        | st.dictionaries(st.text(max_size=3).filter(lambda t: t[:1] != "$"), inside, max_size=3)
    ),
    max_leaves=30,
)


@given(values)
def test_what_is_packed_is_the_same_again(value):
    arrays = {}
    text = written(packed(value, arrays))
    assert repr(unpacked(parsed(text), arrays)) == repr(value)
    assert not arrays


def test_long_numbers_texts_and_arrays_are_packed_beside_the_text():
    rng = np.random.default_rng(0)
    state = {
        "losses": [*rng.normal(size=50).tolist(), float("nan")],
        "weights": [rng.normal(size=(2, 3))],
        "text": "é" * 2000,
        "order": generator(3).bit_generator.state,
    }
    arrays = {}
    text = written(packed(state, arrays))
    assert len(text) < 500
    again = unpacked(parsed(text), arrays)
    np.testing.assert_array_equal(again.pop("weights")[0], state.pop("weights")[0])
    assert repr(again) == repr(state)


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "a": 2}', "NaN", "[Infinity]", "-Infinity", "1e999", "[" * 40 + "]" * 40,
        "[" * 100_000, '{"a":' * 100_000, "9" * 5000, " " * 2**22, "[" + "[]," * 150_000 + "[]]",
        "", "{", '"', '"\\', "nul", '{"a" 1}', "[1,]", '"\\"' * 500_000,
    ],
    ids=lambda text: text[:12],
)  # fmt: skip
def test_json_that_is_doubtful_is_refused(text):
    with pytest.raises(ValueError):
        parsed(text)
    assert parsed('{"a": [1, 2.5, "[[[[", "\\"[", null]}') == {"a": [1, 2.5, "[[[[", '"[', None]}


def raw(header, body=b""):
    """A file with any header."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


def tensor(shape, end, dtype="F32", begin=0):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def hostile_files():
    """Files that lie: about lengths, names and numbers."""
    digest = sha256(b"{}{}").hexdigest()
    about = {"minigrad": "1", "contents": "{}", "tensors": "{}", "sha256": digest}
    names = ["a/b", "../../etc/x", "..\\x", "nul\0", "x" * 1001, "é", "", "a b", "\ud800", "\n"]
    yield from (raw({"__metadata__": about, name: tensor([1], 4)}, b"1234") for name in names)
    yield raw({"__metadata__": about, "x" * 10_000_000: tensor([1], 4)}, b"1234")
    shapes = [[10**12], [2**40, 2**40], [2**63], [2**64, 2], [-1], [-1, -4], [1.5], [None], "4"]
    yield from (raw({"__metadata__": about, "a": tensor(s, 4)}, b"1234") for s in shapes)
    yield raw({"__metadata__": about, "a": tensor([2**37], 2**39)}, b"1234")
    yield raw({"__metadata__": about | {"sha256": "0" * 64}})
    for kind in ("F8_E4M3", "object", "O", "", 4, None, "BF16"):
        yield raw({"__metadata__": about, "a": tensor([1], 4, kind)}, b"1234")
    pair = {"a": tensor([2], 8), "b": tensor([2], 12, begin=4)}
    yield raw({"__metadata__": about} | pair, b"0" * 12)  # they overlap
    yield raw({"__metadata__": about, "a": tensor([1], 8, begin=4)}, b"0" * 8)  # a hole
    yield raw(b'{"__metadata__": {}, "__metadata__": {}}')
    yield raw(b'{"a": {"dtype": "F32", "dtype": "F64", "shape": [], "data_offsets": [0, 4]}}', b"0")
    for body in (b"", b"{", b"[" * 5000, b"[" * 1_000_000, b"null", b"[]", b"\xff\xfe", b"{}"):
        yield raw(body)
    for length in (0, 1, 7, 2**21 + 1, 2**31, 2**63, 2**64 - 1):
        yield struct.pack("<Q", length) + b"{}"
        yield struct.pack("<Q", length)
    yield b""
    yield b"PK\x03\x04" + b"0" * 100
    yield b"\x80\x04cposix\nsystem\n(S'touch x'\ntR."
    for wrong in (None, 1, [], {"minigrad": 1}, {"minigrad": "2"}, about, about | {"sha256": 1}):
        yield raw({"__metadata__": wrong})


def hostile_contents():
    """Contents of files whose checksums are right, from whoever can compute them."""

    def model(config, **others):
        return {
            "kind": "model",
            "model": config,
            "training": None,
            "built": {},
            "random": {},
            **others,
        }

    def one(kind, **config):
        return {"class_name": kind, "config": config}

    names = [
        "os.system", "builtins.eval", "__import__", "eval", "minigrad.model.Model", "object",
        "../Dense", "Dense\0", "subprocess.Popen", "Layer", "", " ", "x" * 5000, 3, None, ["Dense"],
    ]  # fmt: skip
    for name in names:
        yield model({"class_name": name, "config": {}})
        yield model(one("Sequential", layers=[{"class_name": name, "config": {}}]))
        yield model(one("Sequential", layers=[one("Activation", activation=name)]))
        yield model(one("Sequential", layers=[one("Dense", units=2, kernel_initializer=name)]))
        yield model(one("Sequential", layers=[one("Lambda", function=name)]))
    for function in ("os.system", "eval", "exec", "open", "__import__", "<lambda>"):
        yield model(one("Sequential", layers=[one("Lambda", function=function)]))
    dense = one("Dense", units=10**6, name="dense")
    for shape in ([None, 10**6], [None, 10**12], [None, -5], [None, 2.5], "ab", None, [[[[]]]]):
        yield model(one("Sequential", layers=[dense]), built={"": shape, "dense": shape})
    big = [10**6, 10**6]
    yield model(one("Sequential", layers=[one("RepeatVector", n=10**12), dense], input_shape=[9]))
    yield model(one("Sequential", layers=[one("Flatten"), dense], input_shape=big))
    yield model(one("Sequential", layers=[one("Dense", units=1)] * 10_000, input_shape=[1]))
    yield model(one("Sequential", layers=[one("Dense", units=1, name="a")] * 2))
    yield model(one("Dense", units=2))
    step = {"layer": 0, "inputs": {"symbol": 0}, "others": [], "options": {}, "shape": big}
    joined = {
        "layers": [dense], "inputs": [{"shape": [None, 4], "dtype": "float32", "name": "x"}],
        "steps": [step], "outputs": {"symbol": 1}, "one_input": True,
    }  # fmt: skip
    yield model(one("Model", **joined))
    for change in (
        {"steps": [step | {"inputs": {"symbol": 9}}]},
        {"steps": [step | {"inputs": 1}]},
        {"steps": [step | {"layer": -9}]},
        {"steps": [step | {"layer": "__class__"}]},
        {"inputs": [{"shape": big, "dtype": "O", "name": "x"}]},
        {"outputs": {"symbol": -1e300}},
        {"outputs": []},
        {"one_input": None, "inputs": []},
    ):
        yield model(one("Model", **joined | change))
    plain = one("Sequential", layers=[])
    yield model(plain, random={"": {"bit_generator": "MT19937", "state": {"pos": 10**9}}})
    yield model(
        plain, random={"": {"bit_generator": "PCG64", "state": {"state": -1, "inc": 2**200}}}
    )
    yield model(plain, random={"x": {}})
    for optimizer in ("os.system", one("Adam", learning_rate="eval"), one("SGD", learning_rate=-1)):
        training = dict.fromkeys(["loss", "loss_weights", "metrics", "weighted_metrics"])
        yield model(plain, training={"optimizer": optimizer, **training})
    yield from (None, [], {}, 3, "model", {"kind": "model"}, {"kind": [1]}, {"kind": "$x"})
    yield {"$array": "x"}
    yield {"$float": "eval"}
    yield {"$floats": ".data.0", "x": 1}


NASTY = [
    10**12, -1, 0, 2**63, 2**70, 1e308, 0.5, "os.system", "../../etc/passwd", "builtins.eval", None,
    True, [], {}, [[1]], [None, 10**12], "x" * 900, {"class_name": "os.system", "config": {}},
    {"class_name": "Dense", "config": {"units": 10**9}}, {"symbol": 0}, {"symbol": 10**9}, "Dense",
]  # fmt: skip


def places_in(value, path=()):
    """Where something stands in nested lists and dicts."""
    yield path
    items = enumerate(value) if isinstance(value, list) else ()
    for key, item in value.items() if isinstance(value, dict) else items:
        yield from places_in(item, (*path, key))


def changed(contents, rng):
    """Contents with one value exchanged for a nasty one, or taken away."""
    contents = json.loads(json.dumps(contents))
    places = list(places_in(contents))[1:]
    *way, last = places[rng.integers(len(places))]
    inside = contents
    for key in way:
        inside = inside[key]
    if rng.random() < 0.1:
        del inside[last]
    else:
        inside[last] = NASTY[rng.integers(len(NASTY))]
    return contents


def mutated(data, rng):
    """Bytes with a bit flipped, cut off, put in, exchanged, or with another header."""
    kind, place = rng.integers(6), int(rng.integers(len(data)))
    if kind == 0:
        return data[:place] + bytes([data[place] ^ (1 << int(rng.integers(8)))]) + data[place + 1 :]
    if kind == 1:
        return data[:place]
    if kind == 2:
        return data[:place] + rng.bytes(int(rng.integers(1, 9))) + data[place:]
    if kind == 3:
        other = int(rng.integers(len(data)))
        return data[:place] + data[other : other + 8] + data[place + 8 :]
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    if kind == 4:
        return raw(changed(header, rng), data[8 + length :])
    text = data[8 : 8 + length].replace(b"[", b"[" * int(rng.integers(2, 50)), 1)
    return struct.pack("<Q", len(text)) + text + data[8 + length :]


def outcome(path, expected):
    """What loading does: "refused", "same", "other"; anything but ModelFileError is an error."""
    try:
        model = load_model(path)
    except ModelFileError as error:
        assert "\n" not in str(error) and len(str(error)) < 600 and str(error).isascii()
        return "refused"
    weights = [w.tobytes() for w in model.get_weights()]
    return "same" if (model.get_config(), weights) == expected else "other"


ATTACKS = """
import json, os, resource, sys
sys.path.insert(0, {tests!r})
import numpy as np
import test_saving as t

watched, events = False, []
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

def watch(event, arguments):
    if not watched:
        return
    if event == "open":
        if arguments[2] & WRITES:
            events.append([event, str(arguments)])
    elif event in ("import", "exec", "compile") or event.split(".")[0] in (
        "socket", "os", "subprocess", "ctypes", "pickle", "shutil", "marshal", "code", "urllib"
    ):
        events.append([event, str(arguments)[:200]])

sys.addaudithook(watch)
watched = True
eval("1")
caught = bool(events)  # a hook that sees nothing would prove nothing
events.clear()
watched = False

path = {path!r}
model = t.small_model()
model.save(path)
data = open(path, "rb").read()
contents, arrays = t.read(path)
expected = model.get_config(), [w.tobytes() for w in model.get_weights()]
counts = {{}}

def attack(group):
    global watched
    watched = True
    found = t.outcome(path, expected)
    watched = False
    counts[f"{{group}} {{found}}"] = counts.get(f"{{group}} {{found}}", 0) + 1

def put(bytes_):
    with open(path, "wb") as file:
        file.write(bytes_)

attack("whole")
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for bytes_ in t.hostile_files():
    put(bytes_)
    attack("lying")
for hostile in t.hostile_contents():
    t.written_freely(path, hostile, {{}})
    attack("hostile")
rng = np.random.default_rng(0)
for k in range({count}):
    if k % 2:
        put(t.mutated(data, rng))
        attack("mutated")
    else:
        t.written_freely(path, t.changed(contents, rng), arrays)
        attack("changed")
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak
unit = 1 if sys.platform == "darwin" else 1024
print(json.dumps([caught, events[:5], counts, grown * unit]))
"""


def written_freely(path, contents, arrays):
    """A file with right checksums and any contents: what an attacker can make."""
    text = json.dumps(contents)
    sums = json.dumps({name: checksum(array) for name, array in arrays.items()})
    digest = sha256((text + sums).encode()).hexdigest()
    about = {"minigrad": "1", "contents": text, "tensors": sums, "sha256": digest}
    Path(path).write_bytes(save(dict(arrays), about))


@pytest.mark.parametrize("count", [500, pytest.param(10_000, marks=pytest.mark.slow)])
@pytest.mark.skipif(os.name != "posix", reason="asks the system for the memory used")
def test_no_file_runs_code_or_fills_the_memory_and_all_are_refused(count, tmp_path, run_python):
    script = ATTACKS.format(tests=str(TESTS), path=str(tmp_path / "m"), count=count)
    caught, events, counts, grown = json.loads(run_python(script, 600).splitlines()[-1])
    assert caught
    assert events == []
    assert counts.pop("whole same") == 1
    assert counts.pop("lying refused") > 50
    assert counts.pop("hostile refused") > 80
    assert counts.get("mutated refused", 0) > 0.45 * count
    assert counts.get("mutated other", 0) == 0, "a damaged file was taken for another model"
    assert {key.split()[0] for key in counts} <= {"mutated", "changed", "hostile"}
    assert counts.get("hostile other", 0) <= 9  # models that only ask for much once they run
    assert grown < 64 * 2**20, f"{grown:,} bytes"


KILLS = """
import json, os, random, signal, struct, sys, time
sys.path.insert(0, {tests!r})
import numpy as np
from minigrad.layers import Dense, Input
from minigrad.model import Sequential
from minigrad.saving import ModelFileError

path, naive = {path!r}, {naive}
model = Sequential([Input(100), Dense(400, use_bias=False)])
random.seed(0)

def save(number):
    model.set_weights([np.full((100, 400), number, "f4")])
    if not naive:
        return model.save(path)
    model.save(path + ".other")
    data = open(path + ".other", "rb").read()
    with open(path, "wb", buffering=0) as file:
        for k in range(0, len(data), 4096):
            file.write(data[k : k + 4096])
            time.sleep(0.001)

def saver(number, pipe):
    while True:
        number += 1
        save(number)
        os.write(pipe, struct.pack("<q", number))

save(0)
known, lost, unreadable = 0, 0, 0
for _ in range({count}):
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        try:
            saver(known, writer)
        finally:
            os._exit(1)
    os.close(writer)
    first = os.read(reader, 8)
    time.sleep(random.uniform(0, 0.03))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    said = first
    while more := os.read(reader, 65536):
        said += more
    os.close(reader)
    acknowledged = struct.unpack("<q", said[-8:])[0]
    try:
        model.load_weights(path)
        values = set(model.get_weights()[0].ravel().tolist())
        known = int(values.pop())
        lost += bool(values) or not acknowledged <= known <= acknowledged + 1
    except ModelFileError:
        unreadable += 1
        known = acknowledged
        save(known)
left = len([name for name in os.listdir(os.path.dirname(path)) if name.endswith(".saving")])
print(json.dumps([unreadable, lost, left]))
"""


def killed(run_python, path, count, naive):
    script = KILLS.format(tests=str(TESTS), path=str(path), count=count, naive=naive)
    return json.loads(run_python(script, 900, OPENBLAS_NUM_THREADS="1"))


@pytest.mark.parametrize("count", [40, pytest.param(1000, marks=pytest.mark.slow)])
@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills children that it forks")
def test_a_kill_while_saving_loses_nothing(count, tmp_path, run_python):
    unreadable, lost, left = killed(run_python, tmp_path / "m", count, False)
    assert (unreadable, lost) == (0, 0)
    assert left <= 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills children that it forks")
def test_a_kill_while_saving_in_place_is_noticed(tmp_path, run_python):
    unreadable, _, _ = killed(run_python, tmp_path / "m", 10, True)
    assert unreadable > 0


def test_only_left_over_files_of_the_same_name_are_removed(tmp_path):
    path = str(tmp_path / "m")
    mine, other = tmp_path / ".m.01234567.saving", tmp_path / ".n.01234567.saving"
    mine.write_bytes(b"x")
    other.write_bytes(b"x")
    replace(path, b"1")
    assert sorted(os.listdir(tmp_path)) == [other.name, "m"]


@pytest.mark.skipif(os.name != "posix", reason="locks")
def test_a_save_that_goes_on_elsewhere_is_left_alone(tmp_path):
    file, temporary = begin(str(tmp_path), "m")
    with file:
        replace(str(tmp_path / "m"), b"1")
        assert os.path.exists(temporary)
    replace(str(tmp_path / "m"), b"2")
    assert os.listdir(tmp_path) == ["m"]


def test_a_save_that_fails_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    model = small_model()
    model.save(tmp_path / "m")
    before = (tmp_path / "m").read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        model.save(tmp_path / "m")
    assert (tmp_path / "m").read_bytes() == before
    assert os.listdir(tmp_path) == ["m"]


def test_what_is_no_file_is_an_error_and_never_waited_for(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_model(tmp_path / "none")
    with pytest.raises(ModelFileError, match="not a file"):
        load_model(tmp_path)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(ModelFileError, match="not a file"):
            load_model(tmp_path / "pipe")


def test_a_description_that_is_too_large_is_not_written(tmp_path):
    with pytest.raises(ValueError, match="at most"):
        write(str(tmp_path / "m"), ["x" * 900] * 3000, {})
    assert os.listdir(tmp_path) == []


def test_arrays_of_all_kinds_are_read_as_they_were_written(tmp_path):
    rng = np.random.default_rng(1)
    arrays = {
        "scalar": np.array(2.5), "empty": np.zeros((0, 3), "f4"), "whole": np.arange(5),
        "truth": np.array([True, False]), "half": rng.normal(size=(3, 4)).astype("f2").T,
        "swapped": np.arange(3, dtype=">f8"), "bytes": np.arange(7, dtype=np.uint8),
    }  # fmt: skip
    write(str(tmp_path / "a"), {"k": 1}, arrays)
    contents, found = read(str(tmp_path / "a"))
    assert contents == {"k": 1}
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].dtype == array.dtype.newbyteorder("=")


def test_configs_of_models_in_models_are_known():
    model = Sequential([Sequential([Dense(2)])])
    assert clone_model(model).get_config() == model.get_config()
    with pytest.raises(ValueError):
        configs.lookup("layer", "Sequential", layers.ALL)
