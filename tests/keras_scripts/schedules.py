"""Optimizers, their clipping, and learning rates that change."""

import numpy as np

import minigrad as keras
from minigrad import layers
from minigrad.optimizers.schedules import CosineDecay, ExponentialDecay

rng = np.random.default_rng(6)
x = rng.normal(size=(256, 4)).astype("float32")
y = (x @ np.array([[1.0], [-2.0], [0.5], [0.0]]) + 0.25).astype("float32")

falling = keras.optimizers.schedules.ExponentialDecay(
    initial_learning_rate=0.1, decay_steps=50, decay_rate=0.9, staircase=True
)
steps = keras.optimizers.schedules.PiecewiseConstantDecay([100, 200], [0.05, 0.02, 0.01])
optimizers = {
    "sgd": keras.optimizers.SGD(falling, momentum=0.9, nesterov=True, clipnorm=1.0),
    "rmsprop": keras.optimizers.RMSprop(learning_rate=0.02),
    "adam": keras.optimizers.Adam(steps, clipvalue=0.5),
    "adamw": keras.optimizers.AdamW(0.05, weight_decay=1e-4, global_clipnorm=5.0),
    "adagrad": keras.optimizers.Adagrad(0.5),
    "nadam": keras.optimizers.Nadam(0.05),
    "adamax": keras.optimizers.Adamax(0.05),
    "cosine": keras.optimizers.Adam(CosineDecay(0.1, decay_steps=300)),
    "ema": keras.optimizers.Adam(0.05, use_ema=True, ema_momentum=0.9),
}
losses = {}
for name, optimizer in optimizers.items():
    keras.utils.set_random_seed(6)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile(optimizer=optimizer, loss="mean_squared_error")
    losses[name] = model.fit(x, y, epochs=25, batch_size=32, verbose=0).history["loss"]

again = keras.optimizers.Adam.from_config(keras.optimizers.Adam(0.3, beta_1=0.8).get_config())
print("staircase:", [round(float(falling(k)), 4) for k in (0, 49, 50, 100)])
print("pieces:", [round(float(steps(k)), 4) for k in (100, 101, 500)])
print("imported:", round(float(ExponentialDecay(1.0, 10, 0.5)(10)), 4))
print("from a config:", round(float(again.learning_rate), 4), again.beta_1)
