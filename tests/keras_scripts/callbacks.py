"""Callbacks: those of the library, and one's own."""

import numpy as np

import minigrad as keras
from minigrad import layers
from minigrad.callbacks import EarlyStopping, LambdaCallback, LearningRateScheduler, ModelCheckpoint


class Diary(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.pages = []

    def on_train_begin(self, logs=None):
        self.pages.append(f"begin of {self.params['epochs']} epochs")

    def on_epoch_begin(self, epoch, logs=None):
        self.batches = 0

    def on_train_batch_end(self, batch, logs=None):
        self.batches += 1
        assert "loss" in logs

    def on_epoch_end(self, epoch, logs=None):
        if epoch == 0:
            self.pages.append(f"{self.batches} batches, {sorted(logs)}")

    def on_train_end(self, logs=None):
        self.pages.append("end")


class StopAt(keras.callbacks.Callback):
    def __init__(self, loss):
        super().__init__()
        self.loss = loss

    def on_epoch_end(self, epoch, logs=None):
        if logs["loss"] < self.loss:
            self.model.stop_training = True


def halve_every_ten(epoch, lr):
    return lr * 0.5 if epoch and epoch % 10 == 0 else lr


def make():
    model = keras.Sequential(
        [keras.Input((1,)), layers.Dense(8, activation="tanh"), layers.Dense(1)]
    )
    model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.1, momentum=0.9), loss="mse")
    return model


keras.utils.set_random_seed(3)
x = np.linspace(-1, 1, 128, dtype="float32")[:, None]
y = x**2
diary, heard = Diary(), []
model = make()
history = model.fit(
    x,
    y,
    epochs=25,
    verbose=0,
    validation_data=(x + 0.001, y),
    callbacks=[
        diary,
        LearningRateScheduler(halve_every_ten),
        LambdaCallback(on_epoch_end=lambda epoch, logs: heard.append(epoch)),
        ModelCheckpoint("best.keras", monitor="val_loss", save_best_only=True),
        ModelCheckpoint("last.weights.h5", save_weights_only=True),
        keras.callbacks.CSVLogger("log.csv"),
        keras.callbacks.TerminateOnNaN(),
    ],
)
best = keras.models.load_model("best.keras")
lowest = min(history.history["val_loss"])
print(*diary.pages, sep="\n")
print("heard:", len(heard), "epochs")
print("learning rates:", sorted({round(r, 6) for r in history.history["learning_rate"]}))
print("best is kept:", np.isclose(best.evaluate(x + 0.001, y, verbose=0), lowest, rtol=1e-4))
with open("log.csv") as file:
    print("table:", len(file.readlines()), "lines")

patient = make()
stopped = patient.fit(
    x,
    np.zeros_like(y),
    epochs=500,
    verbose=0,
    callbacks=[
        EarlyStopping(monitor="loss", min_delta=1e-3, patience=3, restore_best_weights=True),
        keras.callbacks.ReduceLROnPlateau(monitor="loss", factor=0.5, patience=2, min_lr=1e-4),
    ],
)
print("stopped early:", len(stopped.history["loss"]) < 500)

goal = make()
reached = goal.fit(x, y, epochs=500, verbose=0, callbacks=[StopAt(0.02)])
print("reached its goal:", reached.history["loss"][-1] < 0.02, len(reached.history["loss"]) < 500)
