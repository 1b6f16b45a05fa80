"""Callbacks: told in order, cheap when silent, and each with the semantics that Keras gives it."""

import csv
import json
import os
import pickle

import numpy as np
import pytest

from minigrad import callbacks, configs, ops
from minigrad.callbacks import (
    Callback,
    Callbacks,
    CSVLogger,
    EarlyStopping,
    History,
    LambdaCallback,
    LearningRateScheduler,
    ModelCheckpoint,
    ReduceLROnPlateau,
    TerminateOnNaN,
    progress_for,
)
from minigrad.callbacks.callback import MOMENTS
from minigrad.layers import Dense, Input
from minigrad.model import Sequential
from minigrad.optimizers import SGD
from minigrad.schedules import ExponentialDecay


def squares(y_true, y_pred):
    return ops.mean(ops.square(y_pred - y_true), axis=-1)


def line(rate=0.1):
    model = Sequential([Input((3,)), Dense(1, seed=0)])
    model.compile(SGD(rate), squares)
    return model


X = np.random.default_rng(0).normal(size=(8, 3)).astype(np.float32)
Y = X[:, :1]


def fit(model, given, **options):
    return model.fit(X, Y, batch_size=4, callbacks=given, verbose=0, **options)


class Pretend(Callback):
    """Puts numbers of a table into the logs, before the callback that is tested sees them."""

    def __init__(self, **tables):
        self.tables = tables

    def on_epoch_end(self, epoch, logs=None):
        logs.update({name: table[epoch] for name, table in self.tables.items()})


class Order(Callback):
    def __init__(self):
        self.seen = []


for name in MOMENTS:
    if name not in ("on_batch_begin", "on_batch_end"):
        setattr(Order, name, lambda self, *_, name=name: self.seen.append(name[3:]))


def test_every_moment_comes_in_its_order():
    order, model = Order(), line()
    model.fit(X, Y, batch_size=8, validation_data=(X, Y), callbacks=order, verbose=0)
    test = ["test_begin", "test_batch_begin", "test_batch_end", "test_end"]
    batch = ["train_batch_begin", "train_batch_end"]
    ends = ["epoch_end", "train_end"]
    assert order.seen == ["train_begin", "epoch_begin", *batch, *test, *ends]
    order.seen.clear()
    model.evaluate(X, Y, callbacks=order)
    assert order.seen == test
    order.seen.clear()
    model.predict(X, callbacks=order)
    assert order.seen == [moment.replace("test", "predict") for moment in test]


def test_the_short_names_of_batch_moments_are_called_too():
    class Short(Callback):
        seen = 0

        def on_batch_end(self, batch, logs=None):
            self.seen += 1 + batch * 10
            assert logs["loss"] > 0

    short = Short()
    fit(line(), short)
    assert short.seen == 12


def test_nobody_pays_for_logs_that_nobody_reads():
    def never():
        raise AssertionError("the logs were computed")

    model = line()
    silent = Callbacks(model, [EarlyStopping(), ModelCheckpoint("m")], None, 1, 1)
    silent.batch_begin(0)
    silent.batch_end(0, never)
    heard = Callbacks(model, LambdaCallback(on_train_batch_end=lambda *_: None), None, 1, 1)
    with pytest.raises(AssertionError, match="were computed"):
        heard.batch_end(0, never)


def test_what_callbacks_add_to_the_logs_is_in_the_history():
    history = fit(line(), Pretend(extra=[1.0, 2.0]), epochs=2)
    assert history.history["extra"] == [1.0, 2.0] and history.params["epochs"] == 2
    assert history.losses == history.history["loss"] and history.epoch == [0, 1]


def test_a_wrong_moment_of_a_function_is_named():
    with pytest.raises(TypeError, match="did you mean on_epoch_end"):
        LambdaCallback(on_epoch_ends=print)
    with pytest.raises(TypeError, match="use a function"):
        LambdaCallback(on_epoch_end=3)


# What is watched, settings, and how many epochs are seen; worked out on paper.
STOPS = [
    ([3, 2, 1, 1, 1], {"patience": 0}, 4),
    ([3, 2, 1, 1, 1], {"patience": 2}, 5),
    ([3, 4, 2, 4, 4, 1], {"patience": 2}, 5),
    ([3, 2.95, 2.9, 2.85], {"patience": 1, "min_delta": 0.1}, 2),
    ([3, 2.85, 2.7, 2.55], {"patience": 1, "min_delta": 0.1}, 4),
    ([1, 2, 3, 3], {"patience": 1, "mode": "max"}, 4),
    ([1, 1, 1, 1], {"patience": 1, "start_from_epoch": 2}, 4),
    ([5, 5, 5, 5, 5], {"patience": 1, "start_from_epoch": 1}, 3),
    ([3, 2.9, 2.8, 2.7, 2.6], {"patience": 2, "baseline": 1.0}, 5),
    ([3, 3, 2.8, 2.7, 2.6], {"patience": 2, "baseline": 1.0}, 2),
    ([float("nan")] * 4, {"patience": 2}, 3),
]


@pytest.mark.parametrize(("table", "settings", "epochs"), STOPS)
def test_early_stopping_stops_at_the_epoch_worked_out_on_paper(table, settings, epochs):
    stop = EarlyStopping("watched_loss", **settings)
    history = fit(line(), [Pretend(watched_loss=table), stop], epochs=len(table))
    assert len(history.epoch) == epochs


def test_early_stopping_goes_back_to_the_best_weights(capsys):
    seen, model = [], line()
    watch = LambdaCallback(on_epoch_end=lambda *_: seen.append(model.get_weights()[0]))
    stop = EarlyStopping("watched_loss", patience=2, restore_best_weights=True, verbose=1)
    fit(model, [watch, Pretend(watched_loss=[3, 1, 2, 2, 0]), stop], epochs=5)
    np.testing.assert_array_equal(model.get_weights()[0], seen[1])
    assert stop.best_epoch == 1 and "early stopping" in capsys.readouterr().out


def test_early_stopping_counts_afresh_in_the_next_fit():
    stop, model = EarlyStopping("watched_loss", patience=1), line()
    for _ in range(2):
        history = fit(model, [Pretend(watched_loss=[2, 1, 1, 1]), stop], epochs=4)
        assert len(history.epoch) == 3


def test_a_name_that_is_not_there_is_warned_of_once():
    with pytest.warns(UserWarning, match="'val_loss' is not in the logs") as caught:
        fit(line(), EarlyStopping(), epochs=3)
    assert len(caught) == 1 and "there are loss" in str(caught[0].message)
    stop = EarlyStopping()  # it comes every other epoch: no reason to warn
    fit(line(), stop, epochs=4, validation_data=(X, Y), validation_freq=2)


@pytest.mark.parametrize(("name", "better"), [("val_accuracy", 2), ("f1_score", 2), ("val_mae", 1)])
def test_the_name_tells_what_is_better(name, better):
    assert EarlyStopping(name).better(better, 3 - better)
    assert not EarlyStopping(name).better(3 - better, better)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: EarlyStopping("thing"), "give mode='max' or mode='min'"),
        (lambda: EarlyStopping(mode="up"), "'auto' or 'min' or 'max'"),
        (lambda: EarlyStopping(patience=-1), "patience=-1"),
        (lambda: EarlyStopping(3), "monitor=3"),
        (lambda: ReduceLROnPlateau(factor=1.0), "less than 1"),
        (lambda: ModelCheckpoint("x", save_freq=0), "save_freq=0"),
        (lambda: LearningRateScheduler(0.1), "must be a function"),
        (lambda: CSVLogger("x", separator="--"), "one character"),
        (lambda: progress_for("loud"), "verbose='loud'"),
    ],
)
def test_wrong_settings_are_named_in_one_line(make, says):
    with pytest.raises((ValueError, TypeError), match=says) as caught:
        make()
    assert "\n" not in str(caught.value)


def test_the_rate_falls_on_a_plateau_and_waits_for_cooldown():
    table = [1.0] + [1.0] * 8
    given = ReduceLROnPlateau("watched_loss", 0.5, patience=2, cooldown=2, min_lr=0.03)
    model = line()
    history = fit(model, [Pretend(watched_loss=table), given], epochs=9)
    expected = [0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.03, 0.03, 0.03]  # the rate of each epoch
    np.testing.assert_allclose(history.history["learning_rate"], expected)
    assert model.optimizer.learning_rate == 0.03


def test_a_history_that_is_used_again_begins_afresh():
    history = History()
    for epochs in (3, 2):
        assert fit(line(), history, epochs=epochs) is history
        assert history.epoch == [*range(epochs)] and len(history.losses) == epochs
    assert history.seconds["forward"] > 0


def test_a_schedule_gives_the_rate_of_each_epoch():
    for schedule in (lambda epoch: 0.1 / (epoch + 1)), (lambda epoch, rate: rate / (epoch + 1)):
        history = fit(line(), LearningRateScheduler(schedule), epochs=2)
        np.testing.assert_allclose(history.history["learning_rate"], [0.1, 0.05])
    with pytest.raises(ValueError, match="what the schedule returned=None"):
        fit(line(), LearningRateScheduler(lambda epoch: None))


def test_a_rate_that_is_a_schedule_is_not_overwritten():
    with pytest.raises(TypeError, match="is a schedule or function"):
        fit(line(ExponentialDecay(0.1, 10, 0.9)), LearningRateScheduler(lambda epoch: 0.1))
    with pytest.raises(TypeError, match="is a schedule or function"):
        fit(line(lambda: 0.1), LearningRateScheduler(lambda epoch: 0.1))


class Files:
    """A model that writes its weights as plain bytes: saving itself is tested elsewhere."""

    def __init__(self, model):
        model.save = lambda path: self.write(path, "whole")
        model.save_weights = lambda path: self.write(path, "weights")

    def write(self, path, kind):
        with open(path, "w") as file:
            file.write(kind)


def test_checkpoints_have_names_filled_in(tmp_path):
    model = line()
    Files(model)
    given = ModelCheckpoint(tmp_path / "new" / "{epoch:02d}-{watched_loss:.2f}.keras")
    fit(model, [Pretend(watched_loss=[0.5, 0.75]), given], epochs=2)
    assert sorted(os.listdir(tmp_path / "new")) == ["01-0.50.keras", "02-0.75.keras"]
    with pytest.raises(ValueError, match="cannot be filled in"):
        fit(model, ModelCheckpoint(tmp_path / "{accuracy}.keras"))


def test_checkpoints_keep_only_the_best_or_every_so_many_batches(tmp_path, capsys):
    model = line()
    Files(model)
    best = ModelCheckpoint(
        tmp_path / "{epoch}", "watched_loss", save_best_only=True, save_weights_only=True, verbose=1
    )
    fit(model, [Pretend(watched_loss=[3, 4, 2, 3]), best], epochs=4)
    assert sorted(os.listdir(tmp_path)) == ["1", "3"]
    assert (tmp_path / "1").read_text() == "weights" and capsys.readouterr().out.count("saved") == 2
    fit(model, ModelCheckpoint(tmp_path / "b{epoch}.{batch}", save_freq=3), epochs=3)
    assert sorted(p for p in os.listdir(tmp_path) if p[0] == "b") == ["b2.1", "b3.2"]
    first = ModelCheckpoint("", "watched_loss", save_best_only=True, initial_value_threshold=1.0)
    fit(model, [Pretend(watched_loss=[3]), first])


def test_the_table_has_a_line_for_each_epoch(tmp_path):
    path = tmp_path / "log.csv"
    history = fit(line(), CSVLogger(path), epochs=3, validation_data=(X, Y), validation_freq=2)
    rows = list(csv.DictReader(path.read_text().splitlines()))
    assert [row["epoch"] for row in rows] == ["0", "1", "2"]
    assert [float(row["loss"]) for row in rows] == history.losses
    assert [row["val_loss"] for row in rows][::2] == ["NA", "NA"]
    fit(line(), CSVLogger(path, append=True), epochs=1, validation_data=(X, Y))
    assert len(list(csv.DictReader(path.read_text().splitlines()))) == 4
    fit(line(), CSVLogger(path, separator=";"))
    assert path.read_text().splitlines()[0] == "epoch;loss"


def test_training_ends_at_nan(capsys):
    with pytest.warns(UserWarning, match="the loss is inf; all layers give finite numbers"):
        history = fit(line(rate=1e30), TerminateOnNaN(), epochs=50)
    assert len(history.epoch) == 1 and "TerminateOnNaN" in capsys.readouterr().out
    with pytest.warns(UserWarning), pytest.raises(RuntimeError, match="loss is inf at batch 1"):
        fit(line(rate=1e30), TerminateOnNaN(raise_error=True))


def stateful(path):
    return [
        Pretend(watched_loss=[5, 4, 3, 4, 4, 4, 4]),
        EarlyStopping("watched_loss", patience=3, restore_best_weights=True),
        ReduceLROnPlateau("watched_loss", 0.5, patience=2),
        CSVLogger(path),
    ]


@pytest.mark.parametrize("at", range(1, 6))
def test_callbacks_go_on_from_their_state_as_if_nothing_had_been(tmp_path, at):
    model, seen = line(), {}

    class Keep(Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == at:
                seen["weights"] = self.model.get_weights()
                seen["state"] = json.loads(json.dumps(run.get_state()))

    def begin(model, given):
        nonlocal run
        run = Callbacks(model, given, None, 7, 2)
        return run

    def go(model, run, first):
        with run:
            run.train_begin()
            for epoch in range(first, 7):
                run.epoch_begin(epoch)
                model.train_on_batch(X, Y)
                run.epoch_end(epoch, {"loss": float(epoch)})
                if model.stop_training:
                    break
            run.train_end()
        return run.history, model.get_weights(), model.optimizer.learning_rate

    run = None
    whole = go(model, begin(model, [Keep(), *stateful(tmp_path / "whole.csv")]), 0)
    other = line()
    lost = begin(other, stateful(tmp_path / "cut.csv"))
    (tmp_path / "cut.csv").write_bytes((tmp_path / "whole.csv").read_bytes())
    other.set_weights(seen["weights"])
    other.optimizer.learning_rate = whole[0].history["learning_rate"][at]
    lost.set_state(seen["state"])
    history, weights, rate = go(other, lost, at)
    assert history.history == whole[0].history and history.epoch == whole[0].epoch == [*range(6)]
    assert rate == whole[2]
    np.testing.assert_array_equal(weights[0], whole[1][0])
    assert (tmp_path / "cut.csv").read_text() == (tmp_path / "whole.csv").read_text()


@pytest.mark.parametrize(
    "made",
    [
        EarlyStopping("loss", 0.1, 3), ReduceLROnPlateau("loss", 0.5), CSVLogger("a.csv", ";"),
        ModelCheckpoint("a", "loss", save_freq=3), TerminateOnNaN(True), Callback(), History(),
    ],
)  # fmt: skip
def test_callbacks_are_made_again_from_their_configs_and_copies(made):
    again = type(made).from_config(json.loads(json.dumps(made.get_config())))
    assert configs.serialize(again) == configs.serialize(made)
    assert repr(pickle.loads(pickle.dumps(made))) == repr(made)


def test_lines_and_bars_show_epochs_losses_and_metrics(capsys):
    model = line()
    model.compile("sgd", squares, metrics=["mae"])
    model.fit(X, Y, epochs=2, validation_data=(X, Y), verbose=2)
    out = capsys.readouterr().out.splitlines()
    assert len(out) == 2 and out[1].startswith("epoch 2/2")
    assert all(name in out[0] for name in (" loss ", " mae ", " val_loss ", " val_mae "))
    model.fit(X, Y, epochs=2, verbose=1)
    assert "epoch 2/2" in capsys.readouterr().out
    model.evaluate(X, Y)
    model.predict(X)
    assert capsys.readouterr().out == ""
    model.evaluate(X, Y, verbose=2)
    model.predict(X, verbose=1)
    assert capsys.readouterr().out.startswith("test")


def test_the_terminal_is_given_back_after_an_error():
    bar = progress_for(1)
    given = LambdaCallback(on_epoch_end=lambda *_: 1 / 0)
    model = line()
    with pytest.raises(ZeroDivisionError), Callbacks(model, given, bar, 1, 1) as run:
        run.train_begin()
        assert bar.bar is not None
        run.epoch_begin(0)
        run.epoch_end(0, {})
    assert bar.bar is None


def test_all_names_are_there():
    assert all(hasattr(callbacks, name) for name in callbacks.__all__)
