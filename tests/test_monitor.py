"""Monitor: it sees dead and saturated units, and how fast weights change; it changes nothing."""

import csv
import io
import json
import warnings
from inspect import Parameter
from xml.etree import ElementTree

import numpy as np
import pytest
from rich.console import Console

from minigrad import activations
from minigrad.callbacks import LambdaCallback, Monitor
from minigrad.callbacks.monitor import notebook
from minigrad.layers import Activation, Add, Dense, Dropout, Flatten, Input, PReLU, ReLU
from minigrad.model import Model, Sequential
from minigrad.optimizers import SGD

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3)).astype(np.float32)
Y = X[:, :1] ** 2


def watched(layers, rate=0.01, epochs=1, every=1, **options):
    """A monitor that has seen a training, and the model."""
    model = layers if isinstance(layers, Model) else Sequential(layers)
    model.compile(SGD(rate), "mean_squared_error")
    monitor = Monitor(X, every)
    model.fit(X, Y, epochs=epochs, seed=0, verbose=0, callbacks=monitor, **options)
    return monitor, model


def of(monitor, layer):
    (record,) = [record for record in monitor.records if record["layer"] == layer]
    return record


def dying(count):
    """Biases that kill the first `count` of 10 units."""
    return np.where(np.arange(10) < count, -100.0, 0.0)


@pytest.mark.parametrize(
    ("hidden", "name"),
    [
        ([Dense(10, "relu", bias_initializer=dying(4), seed=0)], "dense"),
        ([Dense(10, ReLU, bias_initializer=dying(4), seed=0)], "dense"),
        ([Dense(10, bias_initializer=dying(4), seed=0), ReLU()], "re_lu"),
        ([Dense(10, bias_initializer=dying(4), seed=0), Activation("relu")], "activation"),
    ],
    ids=["name", "class", "layer", "activation"],
)
def test_dead_units_are_told(hidden, name):
    if hidden[0].activation is ReLU:  # a layer as an activation is warned of by itself
        with pytest.warns(UserWarning, match="given as an activation"):
            hidden = [Dense(10, ReLU(), bias_initializer=dying(4), seed=0)]
    sentence = f"{name}: 40 % of its units gave 0 for all 40 examples"
    with pytest.warns(UserWarning, match=f"^{sentence}$") as told:
        monitor, _ = watched([*hidden, Dense(1, seed=1)], epochs=3)
    assert monitor.warnings == [sentence]
    assert [warning.filename for warning in told] == [__file__]
    assert [r["dead"] for r in monitor.records if r["layer"] == name] == [0.4, 0.4, 0.4]


def test_a_healthy_network_is_not_told_of():
    monitor, _ = watched([Dense(10, "tanh", seed=0), Dense(1, seed=1)])
    assert monitor.warnings == []
    assert of(monitor, "dense")["dead"] == of(monitor, "dense")["saturated"] == 0.0
    last = of(monitor, "dense_1")
    assert last["dead"] is last["saturated"] is last["slopes"] is None


def test_a_few_dead_units_are_counted_but_not_told_of():
    hidden = Dense(10, "relu", bias_initializer=dying(3), seed=0)
    monitor, _ = watched([hidden, Dense(1, seed=1)])
    assert (of(monitor, "dense")["dead"], monitor.warnings) == (0.3, [])


def test_units_stuck_at_another_number_are_not_said_to_give_0():
    hidden = Dense(4, "hard_sigmoid", bias_initializer=100.0, seed=0)
    with pytest.warns(UserWarning, match="dense: "):
        monitor, _ = watched([hidden, Dense(1, seed=1)])
    assert monitor.warnings == [
        "dense: 100 % of its units gave the same for all 40 examples",
        "dense: an epoch changed its kernel by 0 of its norm; it hardly learns",
    ]
    assert of(monitor, "dense")["saturated"] == 1.0


def test_huge_weights_saturate_tanh():
    kernel = RNG.normal(size=(3, 10)) * 50
    monitor, model = watched(
        [Dense(10, "tanh", kernel_initializer=kernel), Dense(1, seed=1)], rate=0.01
    )
    weights, bias = (w.astype(np.float64) for w in model.layers[0].get_weights())
    expected = (1 - np.tanh(X.astype(np.float64) @ weights + bias) ** 2 < 1e-3).mean()
    assert 0.8 < expected < 1
    np.testing.assert_allclose(of(monitor, "dense")["saturated"], expected, atol=1 / 400)


@pytest.mark.parametrize("op", activations.every().values(), ids=lambda op: op.name)
def test_saturation_is_that_of_differences_for_every_activation(op):
    from minigrad.callbacks.monitor import calls_of, seen
    from minigrad.layers.activation import layer_of

    needed = {n: 1.0 for n, d in op.declaration.numbers.items() if d is Parameter.empty}
    x = RNG.normal(size=(30, 4)) * 6
    model = Sequential([layer_of(op)(dtype="float64", **needed)], dtype="float64")
    ((layer, calls),) = calls_of(model, x)
    found = seen(layer, calls)["saturated"]
    with np.errstate(all="ignore"):
        above, below = (model(x + step).data for step in (1e-6, -1e-6))
    expected = (abs(above - below) / 2e-6 < 1e-3).mean()
    np.testing.assert_allclose(found, expected, atol=1 / 120)


def test_the_mean_slope_of_prelu_is_recorded():
    layers = [Dense(4, seed=0), PReLU(alpha_initializer=0.25), Dense(1, seed=1)]
    monitor, model = watched(layers)
    record = of(monitor, "p_re_lu")
    np.testing.assert_allclose(record["slopes"], model.layers[1].alpha.data.mean(), rtol=1e-6)
    assert record["slopes"] != 0.25 and set(record["update_ratio"]) == {"alpha"}


def test_the_update_ratio_is_that_of_the_last_epoch():
    kept = []
    keep = LambdaCallback(
        on_epoch_end=lambda epoch, logs: kept.append(model.layers[0].get_weights()[0])
    )
    model, monitor = Sequential([Dense(1, seed=0)]), Monitor(X, every=3)
    model.compile(SGD(0.01), "mean_squared_error")
    model.fit(X, Y, epochs=3, verbose=0, callbacks=[monitor, keep])
    w, v = kept[2].astype(np.float64), kept[1].astype(np.float64)
    expected = np.linalg.norm(w - v) / max(np.linalg.norm(w), np.linalg.norm(v))
    assert [record["epoch"] for record in monitor.records] == [2]
    found = monitor.records[0]["update_ratio"]
    np.testing.assert_allclose(found["kernel"], expected, rtol=1e-12)
    assert set(found) == {"kernel", "bias"}


def test_the_norms_of_gradients_are_those_of_the_loss_on_the_watched_examples():
    model = Sequential([Dense(1, seed=0)])
    model.compile(SGD(0.01), "mean_squared_error")
    monitor = Monitor(X, labels=Y)
    model.fit(X, Y, epochs=2, seed=0, verbose=0, callbacks=monitor)
    kernel, bias = (w.astype(np.float64) for w in model.get_weights())
    wrong = 2 * (X @ kernel + bias - Y) / len(X)
    found = monitor.records[-1]["gradient"]
    np.testing.assert_allclose(found["kernel"], np.linalg.norm(X.T @ wrong), rtol=1e-5)
    np.testing.assert_allclose(found["bias"], abs(wrong.sum()), rtol=1e-4)
    assert all(weight.grad is None for weight in model.weights)
    assert ">gradient" in monitor.picture.svg


def test_watching_gradients_changes_no_bit_of_training():
    weights = []
    for labels in (None, Y):
        model = Sequential([Dense(4, "tanh", seed=0), Dropout(0.5, seed=1), Dense(1, seed=2)])
        model.compile("adam", "mean_squared_error")
        model.fit(X, Y, epochs=2, seed=0, verbose=0, callbacks=Monitor(X, labels=labels))
        weights.append(model.get_weights())
    for a, b in zip(*weights, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(("rate", "words"), [(1e-12, "hardly learns"), (0.9, "smaller learning")])
def test_weights_that_hardly_change_or_too_much_are_told(rate, words):
    with pytest.warns(UserWarning, match=f"dense: an epoch changed its kernel by .* {words}"):
        watched([Dense(1, seed=0)], rate=rate)


def test_frozen_layers_are_not_said_to_hardly_learn():
    monitor, _ = watched([Dense(4, "tanh", trainable=False, seed=0), Dense(1, seed=1)])
    assert of(monitor, "dense")["update_ratio"] is None
    assert monitor.warnings == []


def test_training_has_the_same_bits_with_and_without():
    def trained(callbacks):
        layers = [
            Dense(6, "relu", seed=0, activity_regularizer="l2"),
            Dropout(0.5, seed=2),
            PReLU(),
            Dense(1, seed=1),
        ]
        model = Sequential(layers)
        model.compile("adam", "mean_squared_error")
        history = model.fit(X, Y, epochs=3, batch_size=8, seed=3, verbose=0, callbacks=callbacks)
        return model, history.losses

    (plain, losses), (seen, same) = trained(None), trained(Monitor(X))
    assert losses == same
    for a, b in zip(plain.get_weights(), seen.get_weights(), strict=True):
        assert a.tobytes() == b.tobytes()
    assert not any("call" in vars(layer) for layer in seen.each())
    assert [len(layer.added_losses) for layer in plain.each()] == [
        len(layer.added_losses) for layer in seen.each()
    ]


def test_gradients_and_functions_are_as_before():
    model = Sequential([Dense(4, "relu", seed=0), ReLU(), Dense(1, seed=1)])
    model(X).sum().backward()
    before = [w.grad.copy() for w in model.weights]
    monitor = Monitor(X)
    monitor.set_model(model)
    monitor.on_train_begin()
    monitor.on_epoch_begin(0)
    with pytest.warns(UserWarning, match="hardly learns"):
        monitor.on_epoch_end(0)
    for weight, grad in zip(model.weights, before, strict=True):
        np.testing.assert_array_equal(weight.grad, grad)
    assert model.layers[0].activation is activations.relu


def test_functions_are_restored_when_a_layer_raises():
    class Broken(Dense):
        def call(self, x):
            raise RuntimeError("broken")

    model = Sequential([Dense(4, "relu", seed=0), ReLU(), Broken(2)])
    mine = model.layers[1].call
    vars(model.layers[1])["call"] = mine  # one that was there before stays, and the same
    monitor = Monitor(X)
    monitor.set_model(model)
    with pytest.raises(RuntimeError, match="^broken"):
        monitor.on_train_begin()
    assert model.layers[0].activation is activations.relu
    assert vars(model.layers[1])["call"] is mine
    assert "call" not in vars(model.layers[0]) and "call" not in vars(model.layers[2])


def test_a_functional_model_is_watched_layer_by_layer():
    x = Input((3,))
    shared = ReLU()
    wide = Dense(5, bias_initializer=-100.0, seed=0)(x)
    y = Dense(1, seed=2)(Add()([shared(wide), shared(Dense(5, seed=1)(x))]))
    with pytest.warns(UserWarning, match="^dense: an epoch changed its kernel by 0 of its norm"):
        monitor, _ = watched(Model(x, y))
    assert sorted(r["layer"] for r in monitor.records) == ["dense", "dense_1", "dense_2", "re_lu"]
    assert of(monitor, "re_lu")["dead"] == 0.0  # alive in one of its two uses
    assert of(monitor, "re_lu")["saturated"] > 0.5


def test_units_are_counted_along_the_last_axis():
    x = RNG.normal(size=(6, 5, 3))
    bias = [-100.0, 0.0, 0.0, 0.0]
    layers = [Dense(4, "relu", bias_initializer=bias, seed=0), Flatten(), Dense(1, seed=1)]
    model, monitor = Sequential(layers), Monitor(x)
    model.compile(SGD(0.001), "mean_squared_error")
    model.fit(x, x[:, 0, :1], verbose=0, callbacks=monitor)
    assert of(monitor, "dense")["dead"] == 0.25


def test_at_most_256_examples_are_looked_at():
    assert Monitor(np.zeros((1000, 2))).inputs.shape == (256, 2)


def test_the_csv_file_says_what_the_records_say(tmp_path):
    monitor, _ = watched([Dense(4, seed=0), PReLU(0.25), Dense(1, seed=1)], epochs=2)
    monitor.to_csv(tmp_path / "seen.csv")
    with open(tmp_path / "seen.csv", newline="") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == len(monitor.records) == 6
    for line, record in zip(lines, monitor.records, strict=True):
        flat = {k: v for k, v in record.items() if k != "update_ratio"}
        flat |= {f"update_ratio {k}": v for k, v in record["update_ratio"].items()}
        said = {k: v for k, v in line.items() if v}
        assert said == {k: str(v) for k, v in flat.items() if v is not None}


def test_the_table_shows_the_last_epoch():
    monitor, _ = watched([Dense(4, "tanh", name="[red]", seed=0), Dense(1, seed=1)], epochs=2)
    console = Console(file=io.StringIO(), width=120)
    console.print(monitor.table())
    text = console.file.getvalue()
    assert "epoch 2" in text and "[red]" in text and "update ratio kernel" in text
    assert "slopes" not in text


def test_the_picture_has_a_frame_for_each_quantity_and_a_line_for_each_layer(tmp_path):
    first = Dense(10, "relu", bias_initializer=dying(4), name="<first>", seed=0)
    layers = [first, PReLU(), Dense(1, seed=1)]
    with pytest.warns(UserWarning, match="gave 0") as told:
        monitor, _ = watched(layers, epochs=3)
    monitor.save(tmp_path / "seen.svg")
    root = ElementTree.fromstring((tmp_path / "seen.svg").read_text(encoding="utf-8"))
    text = " ".join(root.itertext())
    assert "dead" in text and "<first> kernel" in text and "p_re_lu alpha" in text
    assert len(told) == len(monitor.warnings) and "40 % of its units gave 0" in text
    assert monitor._repr_html_() == (tmp_path / "seen.svg").read_text(encoding="utf-8")


def test_the_picture_is_a_png_if_its_name_says_so(tmp_path):
    pytest.importorskip("resvg_py", reason="resvg-py makes .png: pip install resvg-py")
    monitor, _ = watched([Dense(4, "tanh", seed=0), Dense(1, seed=1)], epochs=2)
    monitor.save(tmp_path / "seen.png")
    assert (tmp_path / "seen.png").read_bytes().startswith(b"\x89PNG")


def test_in_a_notebook_one_picture_is_renewed_after_each_epoch(monkeypatch):
    class Handle:
        updates = 0

        def update(self, thing):
            Handle.updates += 1

    shown = []
    display = lambda thing, display_id: (shown.append(thing), Handle())[1]  # noqa: E731
    monkeypatch.setattr("minigrad.callbacks.monitor.notebook", lambda: display)
    monitor, _ = watched([Dense(4, "tanh", seed=0), Dense(1, seed=1)], epochs=4)
    assert shown == [monitor] and Handle.updates == 3


def test_a_terminal_is_no_notebook():
    assert notebook() is None


def test_a_checkpoint_goes_on_with_the_records(tmp_path):
    def layers():
        return [Dense(10, "relu", bias_initializer=dying(4), seed=0), Dense(1, seed=1)]

    path = tmp_path / "checkpoint"
    with pytest.warns(UserWarning, match="40 %"):
        watched(layers(), epochs=1, checkpoint=path)
    with warnings.catch_warnings():  # what was told is not told again
        warnings.simplefilter("error")
        second, _ = watched(layers(), epochs=2, checkpoint=path)
    assert [record["epoch"] for record in second.records] == [0, 0, 1, 1]
    with pytest.warns(UserWarning, match="40 %"):
        whole, _ = watched(layers(), epochs=2)
    assert second.records == whole.records and second.warnings == whole.warnings
    json.dumps(whole.get_state())


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({}, "Monitor: data is missing; give examples to watch the layers on, such as x.:256."),
        ({"data": X[:1]}, "Monitor: data of 1 example given; give 2 or more"),
        ({"data": [[1.0], [np.nan]]}, "Monitor: x holds nan or infinite numbers"),
        ({"data": np.zeros((0, 3))}, "Monitor: no examples given"),
        ({"data": 3.0}, r"Monitor: x of shape \(\)"),
        ({"data": X, "every": 0}, "Monitor: every=0 given; it must be a whole number, 1 or more"),
        ({"data": X, "every": 1.5}, "Monitor: every=1.5 given"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(given, error):
    with pytest.raises(ValueError, match=f"^{error}") as found:
        Monitor(**given)
    assert "\n" not in str(found.value)


def test_wrong_shapes_are_said_before_training():
    model = Sequential([Dense(1, seed=0)])
    model.compile("sgd", "mean_squared_error")
    model(X)
    before = model.get_weights()
    with pytest.raises(ValueError, match=r"^Monitor: data: dense: built for .* now given \(4, 5\)"):
        model.fit(X, Y, verbose=0, callbacks=Monitor(np.zeros((4, 5))))
    np.testing.assert_array_equal(before[0], model.get_weights()[0])


@pytest.mark.parametrize("use", [Monitor.table, lambda m: m.to_csv("x"), lambda m: m.save("x.svg")])
def test_nothing_recorded_is_said(use, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="^Monitor: nothing recorded yet; "):
        use(Monitor(X))
    assert not list(tmp_path.iterdir())
