"""SELU with LecunNormal and AlphaDropout: a deep net that keeps mean 0 and variance 1."""

import numpy as np

import minigrad as keras
from minigrad import layers

keras.utils.set_random_seed(10)
rng = np.random.default_rng(10)
x = rng.normal(size=(300, 32)).astype("float32")
y = (x[:, :4].sum(axis=1) > 0).astype("float32")

model = keras.Sequential([keras.Input(shape=(32,))])
for k in range(8):
    model.add(
        layers.Dense(
            32, activation="selu", kernel_initializer=keras.initializers.LecunNormal(seed=k)
        )
    )
    model.add(layers.AlphaDropout(0.05))
inside = model.predict(x, verbose=0)
quiet, noisy = model(x, training=False), model(x, training=True)
changed = float(keras.ops.max(keras.ops.abs(noisy - quiet)))
again = model.predict(x, verbose=0)

model.add(layers.Dense(1, activation="sigmoid", kernel_initializer="lecun_normal"))
model.compile(
    optimizer=keras.optimizers.Adam(0.005), loss="binary_crossentropy", metrics=["accuracy"]
)
history = model.fit(x, y, epochs=10, batch_size=50, verbose=0)
print("without training nothing is dropped:", np.array_equal(inside, again))
print("in training much is:", changed > 1)
