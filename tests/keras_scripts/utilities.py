"""One-hot labels, seeds, summaries, frozen layers, and models inside models."""

import numpy as np

import minigrad as keras
from minigrad import layers


def make():
    keras.utils.set_random_seed(13)
    return keras.Sequential(
        [
            keras.Input(shape=(28, 28)),
            layers.Flatten(),
            layers.Dense(32, activation="relu", kernel_initializer="he_normal"),
            layers.Dropout(0.2),
            layers.Dense(10, activation="softmax"),
        ],
        name="digits",
    )


model, twin = make(), make()
alike = all(
    np.array_equal(a, b) for a, b in zip(model.get_weights(), twin.get_weights(), strict=True)
)
print("the same seed, the same weights:", alike)
model.summary()
lines = []
model.summary(print_fn=lambda line, **_: lines.append(line))
print("a summary for a function:", any("25,120" in line for line in lines))
print("one-hot:", keras.utils.to_categorical([0, 2], num_classes=3).tolist())
print("normalized:", keras.utils.normalize(np.array([[3.0, 4.0]])).tolist())
print("parameters:", model.count_params())

model.layers[1].trainable = False
frozen = model.layers[1].get_weights()[0].copy()
model.compile(optimizer="sgd", loss="categorical_crossentropy", metrics=["accuracy"])
rng = np.random.default_rng(13)
pictures = rng.uniform(size=(64, 28, 28)).astype("float32")
labels = keras.utils.to_categorical(rng.integers(0, 10, 64), 10)
model.fit(pictures, labels, epochs=1, verbose=2)
print("frozen:", np.array_equal(frozen, model.layers[1].get_weights()[0]))
print("trained:", len(model.trainable_weights), "not:", len(model.non_trainable_weights))

inputs = keras.Input(shape=(28, 28))
features = keras.Sequential(model.layers[:2])
outer = keras.Model(inputs, layers.Dense(2)(features(inputs)), name="outer")
print("a model in a model:", outer.predict(pictures, verbose=0).shape)
model.pop()
print("without its last layer:", model.predict(pictures, verbose=0).shape)
