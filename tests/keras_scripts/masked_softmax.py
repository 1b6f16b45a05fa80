"""Softmax with a mask: what is masked has no share, and learns nothing."""

import numpy as np

import minigrad as keras
from minigrad import layers

keras.utils.set_random_seed(7)
scores = np.array([[1.0, 2.0, 3.0], [0.0, 0.0, 50.0]], "float32")
mask = np.array([[True, True, False], [True, True, False]])
shares = np.asarray(layers.Softmax()(scores, mask=mask))
columns = np.asarray(layers.Softmax(axis=0)(scores))


class Attention(layers.Layer):
    """The mean of the values of some items, weighed by what is known of them."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.score = layers.Dense(1)
        self.softmax = layers.Softmax()

    def shares(self, items, there):
        scores = keras.ops.squeeze(self.score(items), axis=-1)
        return self.softmax(scores, mask=there > 0.5)

    def call(self, inputs):
        items, values, there = inputs
        return keras.ops.sum(self.shares(items, there) * values, axis=-1, keepdims=True)


rng = np.random.default_rng(7)
items = rng.normal(size=(300, 5, 2)).astype("float32")
values = rng.normal(size=(300, 5)).astype("float32")
there = (np.arange(5) < rng.integers(2, 6, (300, 1))).astype("float32")
best = np.where(there > 0, items.sum(axis=-1), -np.inf).argmax(axis=1)
wanted = values[np.arange(300), best][:, None]

given = [keras.Input((5, 2)), keras.Input((5,)), keras.Input((5,))]
attention = Attention()
model = keras.Model(given, attention(given))
model.compile(optimizer=keras.optimizers.Adam(0.05), loss="mse")
history = model.fit([items, values, there], wanted, epochs=20, batch_size=30, verbose=0)
print("shares:", np.round(shares, 4).tolist())
print("columns sum to", np.round(columns.sum(axis=0), 6).tolist())
ignored = values + 1000.0 * (1 - there)
same = np.array_equal(
    model.predict([items, values, there], verbose=0),
    model.predict([items, ignored, there], verbose=0),
)
print("what is not there does not matter:", same)
