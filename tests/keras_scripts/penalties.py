"""Regularizers and constraints."""

import numpy as np

import minigrad as keras
from minigrad import layers
from minigrad.constraints import MaxNorm, NonNeg, UnitNorm
from minigrad.regularizers import L1, L1L2, L2

keras.utils.set_random_seed(8)
rng = np.random.default_rng(8)
x = rng.normal(size=(256, 10)).astype("float32")
y = (3 * x[:, :1] - 2 * x[:, 1:2]).astype("float32")  # only two of ten features matter

model = keras.Sequential([keras.Input((10,)), layers.Dense(1, kernel_regularizer=L1(0.1))])
model.compile(optimizer=keras.optimizers.Adam(0.05), loss="mse")
model.fit(x, y, epochs=60, batch_size=64, verbose=0)
kernel = model.layers[0].get_weights()[0][:, 0]

bounded = keras.Sequential(
    [
        keras.Input((10,)),
        layers.Dense(
            8,
            activation="relu",
            kernel_constraint=MaxNorm(max_value=0.5),
            kernel_regularizer=keras.regularizers.L1L2(l1=1e-4, l2=1e-4),
            bias_regularizer=L2(1e-4),
            activity_regularizer="l2",
        ),
        layers.Dense(4, kernel_constraint=NonNeg(), kernel_initializer=keras.initializers.Ones()),
        layers.PReLU(alpha_regularizer="l2", alpha_constraint="non_neg", alpha_initializer="ones"),
        layers.Dense(1, kernel_constraint=UnitNorm(axis=0)),
        layers.ActivityRegularization(l1=1e-3),
    ]
)
bounded.compile(optimizer=keras.optimizers.Adam(0.05), loss="mse")
bounded.fit(x, y, epochs=3, verbose=0)
first, second, third = (bounded.layers[k].get_weights()[0] for k in (0, 1, 3))
alone = keras.Sequential([layers.Dense(2, kernel_initializer="ones", kernel_regularizer="l2")])
alone.build((None, 3))

print("penalty:", round(float(alone.losses[0]), 6))
print("terms:", len(bounded.losses))
print("of a function:", round(float(L1L2(l1=0.5, l2=0.25)(np.array([1.0, -2.0], "float32"))), 4))
