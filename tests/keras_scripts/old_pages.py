"""The pages' older names, which Keras 3 no longer has, run too."""

import numpy as np

import minigrad as keras
from minigrad import activations
from minigrad.layers import Dense
from minigrad.layers.advanced_activations import (
    ELU,
    LeakyReLU,
    PReLU,
    ReLU,
    Softmax,
    ThresholdedReLU,
)
from minigrad.models import Sequential

model = Sequential(
    [
        Dense(8, input_dim=4),
        LeakyReLU(alpha=0.3),
        Dense(8),
        PReLU(alpha_initializer="zeros", alpha_regularizer=None, alpha_constraint=None),
        Dense(8),
        ELU(alpha=1.0),
        Dense(8),
        ThresholdedReLU(theta=1.0),
        Dense(3),
        ReLU(max_value=None),
        Softmax(axis=-1),
    ]
)
model.compile("sgd", "categorical_crossentropy")
x = np.random.default_rng(12).normal(size=(64, 4))
y = keras.utils.to_categorical(np.arange(64) % 3)
history = model.fit(x, y, epochs=2, verbose=0)

sample = np.array([-10.0, -5.0, 0.0, 5.0, 10.0])
print("slope:", activations.relu(sample, alpha=0.5).numpy().tolist())
print("threshold:", ThresholdedReLU(theta=5.0)(sample).numpy().tolist())
print("old axis:", Softmax(axis=0)([[0.0], [0.0]]).numpy().tolist())
