"""A Sequential model: compile, fit, evaluate, predict."""

import numpy as np

import minigrad as keras
from minigrad import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)
x = rng.uniform(-1, 1, (512, 2)).astype("float32")
y = (np.hypot(x[:, 0], x[:, 1]) < 0.7).astype("int32")
x_train, x_test, y_train, y_test = x[:400], x[400:], y[:400], y[400:]

model = keras.Sequential(name="inside_the_circle")
model.add(keras.Input(shape=(2,)))
model.add(layers.Dense(16, activation="relu", name="hidden"))
model.add(layers.Dense(2, activation="softmax", name="classes"))

model.compile(
    optimizer=keras.optimizers.Adam(learning_rate=0.02),
    loss=keras.losses.SparseCategoricalCrossentropy(),
    metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
)
history = model.fit(
    x_train, y_train, batch_size=32, epochs=25, verbose=0, validation_split=0.1, shuffle=True
)
loss, accuracy = model.evaluate(x_test, y_test, batch_size=64, verbose=0)
named = model.evaluate(x_test, y_test, verbose=0, return_dict=True)
probabilities = model.predict(x_test, verbose=0)
one_step = model.train_on_batch(x_train[:8], y_train[:8])

print("epochs:", len(history.history["loss"]))
print("recorded:", sorted(history.history))
print("probabilities:", probabilities.shape, probabilities.dtype)
print("layers:", [layer.name for layer in model.layers])
print("kernel:", model.get_layer("hidden").get_weights()[0].shape)
