"""Losses and metrics of one's own: functions, and classes."""

import numpy as np

import minigrad as keras
from minigrad import layers, ops


def quantile(y_true, y_pred):
    """What makes a model predict the value that 90 % are below."""
    error = y_true - y_pred
    return ops.mean(ops.maximum(0.9 * error, -0.1 * error), axis=-1)


def covered(y_true, y_pred):
    return ops.mean(ops.where(y_true <= y_pred, 1.0, 0.0), axis=-1)


class Cubed(keras.losses.Loss):
    def __init__(self, scale=1.0, name="cubed", **kwargs):
        super().__init__(name=name, **kwargs)
        self.scale = scale

    def call(self, y_true, y_pred):
        return ops.mean(self.scale * ops.abs(y_true - y_pred) ** 3, axis=-1)


class Largest(keras.metrics.Metric):
    def __init__(self, name="largest", **kwargs):
        super().__init__(name=name, **kwargs)
        self.value = 0.0

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.value = max(self.value, float(ops.max(ops.abs(y_true - y_pred))))

    def result(self):
        return self.value

    def reset_state(self):
        self.value = 0.0


keras.utils.set_random_seed(4)
rng = np.random.default_rng(4)
x = rng.uniform(0, 1, (1024, 1)).astype("float32")
y = (x + rng.uniform(0, 1, (1024, 1))).astype("float32")


def line():
    return keras.Sequential([keras.Input((1,)), layers.Dense(1)])


model = line()
model.compile(optimizer=keras.optimizers.Adam(0.02), loss=quantile, metrics=[covered])
history = model.fit(x, y, epochs=30, batch_size=64, verbose=0)
share = model.evaluate(x, y, verbose=0, return_dict=True)["covered"]

second = line()
second.compile(optimizer=keras.optimizers.Adam(0.02), loss=Cubed(2.0), metrics=[Largest(), "mae"])
other = second.fit(x, y, epochs=10, batch_size=64, verbose=0)
logs = second.evaluate(x, y, verbose=0, return_dict=True)
farthest = float(np.abs(second.predict(x, verbose=0) - y).max())

mean = keras.metrics.Mean()
mean.update_state([1.0, 3.0])
mean.update_state(5.0)

print("recorded:", sorted(history.history), sorted(other.history))
print("mean:", float(mean.result()))
print("loss by hand:", float(keras.losses.MeanSquaredError()([[0.0, 1.0]], [[1.0, 1.0]])))
