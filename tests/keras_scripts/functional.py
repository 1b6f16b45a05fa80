"""A model of Symbols: branches, a shared layer, two inputs, two outputs."""

import numpy as np

import minigrad as keras
from minigrad import layers

keras.utils.set_random_seed(1)
rng = np.random.default_rng(1)
left = rng.normal(size=(256, 3)).astype("float32")
right = rng.normal(size=(256, 3)).astype("float32")
sums = (left + right).sum(axis=1, keepdims=True)
nearer = (np.abs(left).sum(axis=1) < np.abs(right).sum(axis=1)).astype("float32")[:, None]

a = keras.Input(shape=(3,), name="left")
b = keras.Input(shape=(3,), name="right")
shared = layers.Dense(16, activation="tanh", name="shared")
seen_a, seen_b = shared(a), shared(b)
joined = layers.concatenate([seen_a, seen_b])
deep = layers.Dense(16, activation="relu")(joined)
deep = layers.add([deep, layers.Dense(16)(joined)])
total = layers.Dense(1, name="total")(layers.Concatenate()([a, b, deep]))
first = layers.Dense(1, activation="sigmoid", name="first")(deep)
model = keras.Model(inputs=[a, b], outputs=[total, first], name="two_and_two")

model.compile(
    optimizer=keras.optimizers.Adam(0.02),
    loss={"total": "mse", "first": "binary_crossentropy"},
    loss_weights={"total": 0.5, "first": 1.0},
    metrics={"total": ["mae"], "first": ["accuracy"]},
)
history = model.fit(
    {"left": left, "right": right},
    {"total": sums, "first": nearer},
    epochs=20,
    batch_size=32,
    verbose=0,
)
guessed_total, guessed_first = model.predict([left, right], verbose=0)

inner = keras.Model(inputs=a, outputs=seen_a, name="what_is_seen")
inside = inner.predict(left[:2], verbose=0)

named = keras.Model(inputs={"left": a, "right": b}, outputs={"sum": total, "who": first})
by_name = named.predict({"left": left, "right": right}, verbose=0)

print("recorded:", sorted(history.history))
print("shapes:", guessed_total.shape, guessed_first.shape, inside.shape)
print("shared kernel:", shared.kernel.shape, "of", len(model.trainable_weights), "weights")
print("same answers by name:", np.array_equal(by_name["sum"], guessed_total), sorted(by_name))
