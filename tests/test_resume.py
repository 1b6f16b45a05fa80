"""Training that was killed and goes on ends with the same bits as training that was not."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from minigrad import optimizers, schedules
from minigrad.callbacks import EarlyStopping, LambdaCallback, ReduceLROnPlateau
from minigrad.layers import BatchNormalization, Dense, Dropout, GaussianNoise, PReLU
from minigrad.model import Model, Sequential
from minigrad.saving import ModelFileError, load_model

TESTS = Path(__file__).parent


def examples():
    rng = np.random.default_rng(7)
    x = rng.normal(size=(40, 5)).astype("f4")
    return x, (x[:, :2] ** 2).astype("f4")


def fresh_model(optimizer="adam"):
    """All that has a state: moving means, noise, learned slopes; no seed but the process's."""
    model = Sequential(
        [Dense(8), BatchNormalization(), PReLU(), GaussianNoise(0.1), Dropout(0.3), Dense(2)]
    )
    model.compile(optimizer, "mse", metrics=["mae"])
    return model


def trained(epochs, checkpoint=None, optimizer="adam", callbacks=(), model=None, **options):
    """A model and its history after so many epochs."""
    model = model or fresh_model(optimizer)
    x, y = examples()
    own = [ReduceLROnPlateau("loss", patience=1, factor=0.5, min_delta=0.1), *callbacks]
    history = model.fit(
        x, y, batch_size=8, epochs=epochs, checkpoint=checkpoint, callbacks=own, verbose=0,
        validation_split=0.25, **options,
    )  # fmt: skip
    return model, history


def everything(model, history):
    """All that must be the same, as bytes and numbers."""
    state = model.optimizer.get_state(model.weights)
    return {
        "weights": [w.tobytes().hex() for w in model.get_weights()],
        "optimizer": {name: np.asarray(value).tobytes().hex() for name, value in state.items()},
        "history": history.history,
        "epochs": history.epoch,
    }


def pair():
    """Two models with the same weights, one of them with other random numbers to come."""
    first, second = fresh_model(), fresh_model()
    for model in (first, second):
        model.predict(examples()[0])
    second.set_weights(first.get_weights())
    for a, b in zip(first.each(), second.each(), strict=True):
        b.rng.bit_generator.state = a.rng.bit_generator.state
    return first, second


@pytest.mark.parametrize(
    "make",
    [
        lambda: optimizers.SGD(0.01, momentum=0.9, nesterov=True),
        lambda: optimizers.AdamW(0.01, use_ema=True, ema_overwrite_frequency=3),
        lambda: optimizers.RMSprop(0.01, centered=True, momentum=0.5),
        lambda: optimizers.SGD(0.01, gradient_accumulation_steps=3),
        lambda: optimizers.Adam(0.01, global_clipnorm=0.5),
    ],
)
def test_training_in_two_parts_is_training_in_one(make, tmp_path):
    whole, parts = pair()
    for model in (whole, parts):
        model.compile(make(), "mse", metrics=["mae"])
    expected = everything(*trained(5, tmp_path / "whole", model=whole, seed=1))
    trained(2, tmp_path / "parts", model=parts, seed=1)
    stranger = fresh_model(make())  # a new process: nothing is left of the old one
    found = everything(*trained(5, tmp_path / "parts", model=stranger))
    if parts.optimizer.use_ema:  # at the end of fit the weights become their means
        assert found["history"]["loss"] == expected["history"]["loss"]
    assert found == expected


def test_a_schedule_goes_on_at_its_step(tmp_path):
    def make():
        return optimizers.SGD(schedules.CosineDecay(0.1, 20))

    whole, parts = pair()
    found = []
    for model, epochs in ((whole, (5,)), (parts, (2, 5))):
        for count in epochs:
            model.compile(make(), "mse")
            x, y = examples()
            path = tmp_path / f"{len(epochs)}"
            model.fit(x, y, epochs=count, checkpoint=path, verbose=0, seed=3)
        found.append([w.tobytes() for w in model.get_weights()])
    assert found[0] == found[1]


def test_without_a_checkpoint_a_second_part_is_another_training():
    """So the tests above would notice what is left out."""
    whole, parts = pair()
    expected = everything(*trained(5, model=whole, seed=1))
    trained(2, model=parts, seed=1)
    found = everything(*trained(5, model=parts, seed=1, initial_epoch=2))
    assert found["weights"] != expected["weights"]


@pytest.mark.parametrize("lost", ["order", "random", "optimizer", "callbacks"])
def test_each_part_of_a_checkpoint_matters(lost, tmp_path, monkeypatch):
    from minigrad.callbacks import Callbacks
    from minigrad.saving import checkpoint

    whole, parts = pair()
    expected = everything(*trained(6, tmp_path / "whole", model=whole, seed=1))
    trained(3, tmp_path / "parts", model=parts, seed=1)
    resume = checkpoint.Checkpoint.resume

    def resumed(self, epoch):
        before = self.order.bit_generator.state
        found = resume(self, epoch)
        if lost == "order":
            self.order.bit_generator.state = before
        return found

    def nothing(*_):
        return None

    monkeypatch.setattr(checkpoint.Checkpoint, "resume", resumed)
    if lost == "random":
        monkeypatch.setattr(checkpoint, "set_random", nothing)
    if lost == "optimizer":
        monkeypatch.setattr(checkpoint, "set_optimizer", nothing)
    if lost == "callbacks":
        monkeypatch.setattr(Callbacks, "set_state", nothing)
    found = everything(*trained(6, tmp_path / "parts", model=fresh_model(), seed=2))
    assert found != expected


def test_what_was_stopped_early_stays_so_with_its_best_weights(tmp_path):
    def stop():
        return EarlyStopping("loss", min_delta=100, patience=2, restore_best_weights=True)

    whole, parts = pair()
    expected = everything(*trained(9, tmp_path / "whole", model=whole, callbacks=[stop()], seed=1))
    assert len(expected["epochs"]) < 9
    trained(2, tmp_path / "parts", model=parts, callbacks=[stop()], seed=1)
    for _ in range(2):  # the second one finds that training has ended
        model = fresh_model()
        found = everything(*trained(9, tmp_path / "parts", model=model, callbacks=[stop()]))
        assert found == expected


def test_an_interrupt_between_epochs_loses_nothing(tmp_path):
    def interrupt(epoch, logs=None):
        if epoch == 2:
            raise KeyboardInterrupt

    whole, parts = pair()
    expected = everything(*trained(5, tmp_path / "whole", model=whole, seed=1))
    with pytest.raises(KeyboardInterrupt):
        trained(
            5, tmp_path / "parts", model=parts, seed=1,
            callbacks=[LambdaCallback(on_epoch_begin=interrupt)],
        )  # fmt: skip
    assert everything(*trained(5, tmp_path / "parts")) == expected


def unknown(y_true, y_pred):
    return np.full(len(y_true), np.nan)


def test_a_number_that_is_nan_is_kept_too(tmp_path):
    x, y = examples()
    for epochs in (2, 3):
        model = Sequential([Dense(2)])
        model.compile("sgd", "mse", metrics=[unknown])
        history = model.fit(x, y, epochs=epochs, checkpoint=tmp_path / "c", verbose=0)
    assert np.isnan(history.history["unknown"]).tolist() == [True] * 3


class Net(Model):
    def __init__(self):
        super().__init__()
        self.first, self.second = Dense(4), Dense(2)

    def call(self, x):
        return self.second(self.first(x))


def test_a_model_without_a_config_can_go_on(tmp_path):
    x, y = examples()
    for epochs in (1, 2):
        model = Net()
        model.compile("sgd", lambda y, p: (p - y) ** 2)
        history = model.fit(x, y, epochs=epochs, checkpoint=tmp_path / "c", verbose=0)
    assert history.epoch == [0, 1]


def test_a_checkpoint_that_does_not_fit_says_so_and_changes_nothing(tmp_path):
    path = tmp_path / "c"
    trained(1, path)
    x, y = examples()
    others = [
        (fresh_model("sgd"), "now the optimizer is SGD"),
        (Net(), "remove the file"),
        (Sequential([Dense(8), BatchNormalization()]), "remove the file"),
    ]
    others[1][0].compile("adam", "mse")
    others[2][0].compile("adam", lambda y, p: (p - 1.0) ** 2)
    for model, message in others:
        model.predict(x)
        before = model.get_weights()
        with pytest.raises(ModelFileError, match=message) as error:
            model.fit(x, y, checkpoint=path, verbose=0)
        assert "\n" not in str(error.value)
        for a, b in zip(before, model.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)
    with pytest.raises(ModelFileError, match="holds checkpoint"):
        load_model(path)
    data = path.read_bytes()
    path.write_bytes(data[:-1])
    with pytest.raises(ModelFileError):
        trained(2, path)
    fresh_model().save(path)
    with pytest.raises(ModelFileError, match="no checkpoint"):
        trained(2, path)
    with pytest.raises(FileNotFoundError, match="folder"):
        trained(1, tmp_path / "none" / "c")


KILLS = """
import json, os, random, signal, sys, time
sys.path.insert(0, {tests!r})
import minigrad.random
import test_resume as t

folder, count = {folder!r}, {count}
EPOCHS = 30

def run(path, seed):
    minigrad.random.set_random_seed(seed)
    return json.dumps(t.everything(*t.trained(EPOCHS, path)))

began = time.perf_counter()
run(folder + "/warm", 0)
expected = run(folder + "/whole", 1)
began = time.perf_counter()
run(folder + "/timed", 0)
seconds = time.perf_counter() - began
random.seed(0)
path = folder + "/c"
kills = different = finished = 0
while kills < count or not finished:
    seed = 1 if not os.path.exists(path) else 1000 + kills  # what goes on is in the file
    if not os.path.exists(path):
        started = 1
    child = os.fork()
    if not child:
        found = run(path, seed)
        with open(folder + "/result", "w") as file:
            file.write(found)
        os._exit(0)
    if kills < count:
        time.sleep(random.uniform(0, seconds))
        os.kill(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    kills += os.WIFSIGNALED(status)
    if os.WIFEXITED(status):
        assert os.WEXITSTATUS(status) == 0
        finished += 1
        different += open(folder + "/result").read() != expected
        os.remove(path)
print(json.dumps([kills, finished, different]))
"""


@pytest.mark.parametrize("count", [5, pytest.param(100, marks=pytest.mark.slow)])
@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills children that it forks")
def test_killed_training_ends_with_the_same_bits(count, tmp_path, run_python):
    script = KILLS.format(tests=str(TESTS), folder=str(tmp_path), count=count)
    kills, finished, different = json.loads(run_python(script, 900, OPENBLAS_NUM_THREADS="1"))
    assert kills >= count
    assert finished >= 1
    assert different == 0
