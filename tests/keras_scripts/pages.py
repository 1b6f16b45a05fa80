"""What the two pages on activations write."""

import numpy as np

import minigrad as keras
from minigrad import activations, layers
from minigrad.layers import ELU, Activation, Dense, LeakyReLU, PReLU, ReLU, Softmax
from minigrad.models import Sequential

keras.utils.set_random_seed(11)


def bumpy(x):
    """A function of one's own, made of others."""
    return activations.tanh(x) + 0.1 * activations.softplus(x)


model = Sequential()
model.add(Dense(16, input_shape=(2,)))
model.add(Activation("tanh"))
model.add(Dense(16, activation=activations.relu))
model.add(Dense(16, activation="relu"))
model.add(Dense(16, activation=bumpy))
model.add(layers.LeakyReLU(negative_slope=0.3))
model.add(PReLU(alpha_initializer="zeros", shared_axes=[1]))
model.add(ELU(alpha=1.0))
model.add(ReLU(max_value=10.0))
model.add(Dense(3))
model.add(Softmax(axis=-1))
for name in ("sigmoid", "softplus", "softsign", "selu", "elu", "exponential", "linear", "gelu"):
    model.add(Dense(3, activation=name))
    model.add(Activation(activations.get(name)))
    model.add(Activation("tanh"))
model.add(Dense(2, activation="softmax"))

inputs = keras.Input(shape=(2,))
x = layers.Dense(10)(inputs)
x = layers.LeakyReLU()(x)
x = Activation(activations.softsign)(x)
short = keras.Model(inputs, layers.Dense(2, activation=keras.activations.softmax)(x))

rng = np.random.default_rng(11)
points = rng.uniform(-1, 1, (200, 2)).astype("float32")
labels = keras.utils.to_categorical(points[:, 0] * points[:, 1] > 0, 2)
for net in (model, short):
    net.compile(optimizer=keras.optimizers.Adam(0.02), loss="categorical_crossentropy")
deep = model.fit(points, labels, epochs=1, verbose=0).history["loss"]
shallow = short.fit(points, labels, epochs=25, verbose=0).history["loss"]

sample = np.array([-10.0, -5.0, 0.0, 5.0, 10.0], "float32")
row = sample[None, :]


def shown(y):
    return np.round(np.asarray(y, "float64"), 4).ravel().tolist()


print("relu:", shown(activations.relu(sample)))
print("relu, slope:", shown(activations.relu(sample, negative_slope=0.5)))
print("relu, bounded:", shown(activations.relu(sample, max_value=5.0)))
print("relu, threshold:", shown(keras.ops.abs(activations.relu(sample, threshold=5.0))))
print("softsign:", shown(activations.softsign([-1.0, 0.0, 1.0])))
print("elu:", shown(activations.elu(sample, alpha=2.0)))
print("softmax:", shown(activations.softmax(row / 10, axis=-1)))
print("leaky:", shown(LeakyReLU()(row)))
print("all of them give probabilities:", np.allclose(model.predict(points, verbose=0).sum(1), 1))
