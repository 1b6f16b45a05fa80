"""Scripts for Keras 3 run on minigrad when their imports are changed; each is in keras_scripts/."""

import re
import runpy
from pathlib import Path

import numpy as np
import pytest

import minigrad as keras
from minigrad.layers import WRITTEN

HERE = Path(__file__).parent / "keras_scripts"
PAGE = Path(__file__).parents[1] / "docs" / "keras.md"
SCRIPTS = sorted(file.stem for file in HERE.glob("*.py") if file.stem != "conftest")


@pytest.fixture
def ran(tmp_path, monkeypatch, capsys):
    """Run a script where it may write files: what it defined, and the lines it printed."""

    def run(name):
        monkeypatch.chdir(tmp_path)
        found = runpy.run_path(str(HERE / f"{name}.py"), run_name="__main__")
        return found, capsys.readouterr().out.splitlines()

    return run


def learned(losses, factor):
    """Whether a loss fell to less than `factor` of what it was, and was never nan."""
    return bool(np.isfinite(losses).all() and losses[-1] < factor * losses[0])


def test_a_loss_that_stands_still_or_is_nan_is_not_learning():
    assert learned([1.0, 0.4], 0.5)
    assert not learned([1.0, 0.6], 0.5)
    assert not learned([1.0, np.nan, 0.4], 0.5)


@pytest.mark.parametrize("name", SCRIPTS)
def test_only_the_imports_name_minigrad(name):
    text = (HERE / f"{name}.py").read_text()
    assert "import minigrad as keras" in text
    rest = [line for line in text.splitlines() if "minigrad" in line]
    assert all(re.match(r"import minigrad as keras$|from minigrad[\w.]* import ", r) for r in rest)


def test_every_script_has_a_test_here():
    tested = re.findall(r'ran\("(\w+)"\)', Path(__file__).read_text())
    assert sorted(tested) == SCRIPTS


def test_a_sequential_model_learns_a_circle(ran):
    found, lines = ran("sequential")
    assert lines == [
        "epochs: 25",
        "recorded: ['accuracy', 'loss', 'val_accuracy', 'val_loss']",
        "probabilities: (112, 2) float32",
        "layers: ['hidden', 'classes']",
        "kernel: (2, 16)",
    ]
    assert learned(found["history"].history["loss"], 0.5)
    assert found["accuracy"] > 0.9
    right = found["probabilities"].argmax(axis=1) == found["y_test"]
    np.testing.assert_allclose(found["accuracy"], right.mean())
    chosen = found["probabilities"][np.arange(len(right)), found["y_test"]].astype(float)
    np.testing.assert_allclose(found["loss"], -np.log(chosen).mean(), rtol=1e-4)
    assert found["named"]["accuracy"] == found["accuracy"]
    # in batches of another size, each with a float32 mean
    np.testing.assert_allclose(found["named"]["loss"], found["loss"], rtol=1e-6)
    assert len(found["one_step"]) == 2


def test_a_model_with_two_inputs_and_two_outputs_learns_both(ran):
    found, lines = ran("functional")
    assert lines == [
        "recorded: ['first_accuracy', 'first_loss', 'loss', 'total_loss', 'total_mae']",
        "shapes: (256, 1) (256, 1) (2, 16)",
        "shared kernel: (3, 16) of 10 weights",
        "same answers by name: True ['sum', 'who']",
    ]
    history = found["history"].history
    assert learned(history["total_loss"], 0.1)
    assert learned(history["first_loss"], 0.7)
    parts = 0.5 * np.array(history["total_loss"]) + np.array(history["first_loss"])
    np.testing.assert_allclose(history["loss"], parts, rtol=1e-5)
    kernel, bias = (w.astype(float) for w in found["shared"].get_weights())
    np.testing.assert_allclose(
        found["inside"], np.tanh(found["left"][:2] @ kernel + bias), rtol=1e-5, atol=1e-6
    )


def test_inputs_and_outputs_with_names_are_kept_by_saving(tmp_path):
    a, b = keras.Input((2,), name="a"), keras.Input((2,), name="b")
    model = keras.Model({"b": b, "a": a}, {"less": keras.layers.subtract([a, b])})
    model.save(tmp_path / "named.keras")
    again = keras.models.load_model(tmp_path / "named.keras")
    x = {"a": np.full((1, 2), 3.0), "b": np.ones((1, 2))}
    for one in (model, again):
        np.testing.assert_array_equal(one.predict(x, verbose=0)["less"], [[2.0, 2.0]])
        with pytest.raises(ValueError, match=r"inputs called 'a', 'c' given; it has 'b', 'a'"):
            one({"a": x["a"], "c": x["b"]})
    with pytest.raises(ValueError, match=r"inputs called 'c', 'b' given; it has 'a', 'b'"):
        keras.Model({"c": a, "b": b}, a)


def test_layers_and_models_of_ones_own_learn_a_product(ran):
    found, lines = ran("own_layers")
    assert lines == [
        "weights before and after a call: 0 2",
        "config: 4 first relu",
        "out: (3, 4)",
        "weights: 7 trained: 6",
        "penalties: 2",
        "fresh: 7 338",  # (2 + 1) 16 + (16 + 1) 16 + (16 + 1) 1 + 1
        "the same twice: True",
    ]
    assert learned(found["history"].history["loss"], 0.5)


def test_callbacks_are_called_at_their_moments(ran):
    _, lines = ran("callbacks")
    assert lines == [
        "begin of 25 epochs",
        "4 batches, ['loss', 'val_loss']",
        "end",
        "heard: 25 epochs",
        "learning rates: [0.025, 0.05, 0.1]",
        "best is kept: True",
        "table: 26 lines",
        "stopped early: True",
        "reached its goal: True True",
    ]


def test_a_loss_of_ones_own_finds_the_ninth_decile(ran):
    found, lines = ran("own_losses")
    assert lines == [
        "recorded: ['covered', 'loss'] ['largest', 'loss', 'mae']",
        "mean: 3.0",
        "loss by hand: 0.5",
    ]
    np.testing.assert_allclose(found["share"], 0.9, atol=0.03)
    below = found["y"] <= found["model"].predict(found["x"], verbose=0)
    np.testing.assert_allclose(found["share"], below.mean(), rtol=1e-6)
    np.testing.assert_allclose(found["logs"]["largest"], found["farthest"], rtol=1e-6)


def test_weights_of_classes_find_more_of_the_rare_ones(ran):
    found, lines = ran("weighting")
    assert lines == ["class weights are sample weights: True", "loss without weights: 0.0"]
    assert found["recall"]["fair"] > found["recall"]["plain"] + 0.1


def test_every_optimizer_finds_the_plane(ran):
    found, lines = ran("schedules")
    assert lines == [
        "staircase: [0.1, 0.1, 0.09, 0.081]",
        "pieces: [0.05, 0.02, 0.01]",
        "imported: 0.5",
        "from a config: 0.3 0.8",
    ]
    for name, losses in found["losses"].items():
        assert learned(losses, 0.05), (name, losses)


def test_masked_items_have_no_share(ran):
    found, lines = ran("masked_softmax")
    assert lines[1:] == [
        "columns sum to [1.0, 1.0, 1.0]",
        "what is not there does not matter: True",
    ]
    two = np.exp([1.0, 2.0]) / np.exp([1.0, 2.0]).sum()
    np.testing.assert_allclose(found["shares"], [[*two, 0], [0.5, 0.5, 0]], rtol=1e-6)
    assert learned(found["history"].history["loss"], 0.5)


def test_penalties_and_constraints_hold_after_training(ran):
    found, lines = ran("penalties")
    # 0.01 (6 ones); kernel, bias, alpha and two outputs; 0.5 (1 + 2) + 0.25 (1 + 4)
    assert lines == ["penalty: 0.06", "terms: 5", "of a function: 2.75"]
    kernel = np.abs(found["kernel"])
    assert kernel[:2].min() > 1.5
    assert kernel[2:].max() < 0.2
    assert np.linalg.norm(found["first"], axis=0).max() <= 0.5 + 1e-6
    assert found["second"].min() >= 0
    np.testing.assert_allclose(np.linalg.norm(found["third"], axis=0), 1, rtol=1e-5)


def test_a_model_is_the_same_after_saving(ran):
    _, lines = ran("saving")
    assert lines == [
        "loaded: True",
        "in a scope: True",
        "training goes on alike: True",
        "weights: True",
        "twin: True",
        "from JSON: ['one', 'norm', 'scale', 'two']",
        "from a config: 6.0 12",
        "a layer: 0.1",
    ]


def test_selu_keeps_mean_and_variance_through_eight_layers(ran):
    found, lines = ran("self_normalizing")
    assert lines == ["without training nothing is dropped: True", "in training much is: True"]
    np.testing.assert_allclose(found["inside"].mean(), 0, atol=0.2)
    np.testing.assert_allclose(found["inside"].std(), 1, atol=0.2)
    assert learned(found["history"].history["loss"], 0.7)


def test_what_the_pages_on_activations_write_runs(ran):
    found, lines = ran("pages")
    assert lines == [
        "relu: [0.0, 0.0, 0.0, 5.0, 10.0]",
        "relu, slope: [-5.0, -2.5, 0.0, 5.0, 10.0]",
        "relu, bounded: [0.0, 0.0, 0.0, 5.0, 5.0]",
        "relu, threshold: [0.0, 0.0, 0.0, 0.0, 10.0]",
        "softsign: [-0.5, 0.0, 0.5]",
        "elu: [-1.9999, -1.9865, 0.0, 5.0, 10.0]",
        "softmax: [0.058, 0.0956, 0.1577, 0.26, 0.4287]",
        "leaky: [-3.0, -1.5, 0.0, 5.0, 10.0]",
        "all of them give probabilities: True",
    ]
    assert np.isfinite(found["deep"]).all()
    assert learned(found["shallow"], 0.7)


def test_the_older_names_of_the_pages_run_too(ran):
    found, lines = ran("old_pages")
    assert lines == [
        "slope: [-5.0, -2.5, 0.0, 5.0, 10.0]",
        "threshold: [0.0, 0.0, 0.0, 0.0, 10.0]",
        "old axis: [[0.5], [0.5]]",
    ]
    assert np.isfinite(found["history"].history["loss"]).all()


def test_utilities_and_models_in_models(ran):
    _, lines = ran("utilities")
    assert lines[0] == "the same seed, the same weights: True"
    assert lines[-8:-4] == [
        "one-hot: [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]",
        "normalized: [[0.6, 0.8]]",
        "parameters: 25450",
        lines[-5],
    ]
    assert re.match(r"epoch 1/1 .* loss \d\.\d+  accuracy 0\.\d+", lines[-5])
    assert lines[-4:] == [
        "frozen: True",
        "trained: 2 not: 2",
        "a model in a model: (64, 2)",
        "without its last layer: (64, 32)",
    ]
    assert "a summary for a function: True" in lines
    assert any("dense_1 (Dense)" in line and "330" in line for line in lines)


def tables(text):
    """What a page calls "here", and what "left out", by its headings."""
    found = {}
    for heading, body in re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", text, re.M | re.S):
        for row, names in re.findall(r"^\| (here|left out) \| (.+?) \|", body, re.M):
            found.setdefault((heading, row), []).extend(re.findall(r"`(\w+)`", names))
    return found


def class_names(module):
    return {kind.__name__ for kind in module.ALL.values() if isinstance(kind, type)}


# Layers that follow from declarations are not listed, but for those that Keras has too.
WHOLE = {
    "Layers": {kind.__name__ for kind in WRITTEN} | {"ReLU", "LeakyReLU", "ELU"},
    "Losses": class_names(keras.losses),
    "Metrics": class_names(keras.metrics),
    "Optimizers": class_names(keras.optimizers),
    "Schedules": class_names(keras.schedules),
    "Initializers": class_names(keras.initializers),
    "Regularizers": class_names(keras.regularizers),
    "Constraints": class_names(keras.constraints),
    "Callbacks": set(keras.callbacks.__all__) - {"Callbacks", "Clock", "Monitor", "progress_for"},
    "Utilities": set(keras.utils.__all__),
}
PLACES = {
    "Models": (keras, keras.Model, keras.Sequential), "Activations": (keras.activations,),
    "Layers": (keras.layers,), "Losses": (keras.losses,), "Metrics": (keras.metrics,),
    "Optimizers": (keras.optimizers,), "Initializers": (keras.initializers,),
    "Callbacks": (keras.callbacks,), "Utilities": (keras.utils,),
}  # fmt: skip


def untrue(text):
    """What a page says is here and is not, is not and is, or does not say at all."""
    found = tables(text)
    wrong = []
    for heading, names in WHOLE.items():
        wrong += [(heading, name) for name in names ^ set(found.get((heading, "here"), []))]
    for (heading, row), names in found.items():
        for name in names:
            there = any(hasattr(place, name) for place in PLACES.get(heading, ()))
            if heading in PLACES and there != (row == "here"):
                wrong.append((heading, name))
    return sorted(set(wrong))


def test_the_page_on_keras_says_what_is_here_and_what_is_not():
    assert untrue(PAGE.read_text()) == []


def test_a_page_that_is_not_true_is_found_out():
    text = PAGE.read_text()
    assert untrue(text.replace("`Huber` ", "")) == [("Losses", "Huber")]
    assert untrue(text.replace("`CTC`", "`Poisson`")) == [("Losses", "Poisson")]
    assert untrue(text.replace("`pop` ", "`push` ")) == [("Models", "push")]


def test_every_activation_on_the_page_is_found_by_its_name():
    for name in tables(PAGE.read_text())["Activations", "here"]:
        if name != "threshold":
            assert callable(keras.activations.get(name)), name
    for old in ("swish", "hard_swish"):
        assert callable(keras.activations.get(old))
