"""A layer and a model of one's own: build, call, add_weight, get_config, training."""

import numpy as np

import minigrad as keras
from minigrad import layers


class Linear(layers.Layer):
    def __init__(self, units=32, activation=None, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.activation = keras.activations.get(activation)

    def build(self, input_shape):
        self.w = self.add_weight(
            shape=(input_shape[-1], self.units),
            initializer="random_normal",
            regularizer=keras.regularizers.L2(1e-4),
            trainable=True,
            name="w",
        )
        self.b = self.add_weight(shape=(self.units,), initializer="zeros", trainable=True, name="b")

    def call(self, inputs):
        return self.activation(keras.ops.matmul(inputs, self.w) + self.b)

    def get_config(self):
        config = super().get_config()
        config.update(
            {"units": self.units, "activation": keras.activations.serialize(self.activation)}
        )
        return config


class Noise(layers.Layer):
    """Constant "noise", and only in training."""

    def __init__(self, size):
        super().__init__()
        self.size = size
        self.share = self.add_weight(shape=(), initializer="ones", trainable=False, name="share")

    def call(self, inputs, training=None):
        if training:
            return inputs + self.size * self.share
        return inputs


class TwoBlocks(keras.Model):
    def __init__(self, width, **kwargs):
        super().__init__(**kwargs)
        self.noise = Noise(0.01)
        self.blocks = [Linear(width, "relu"), Linear(width, "relu")]
        self.dropout = layers.Dropout(0.1)
        self.out = layers.Dense(1)

    def call(self, inputs, training=False):
        x = self.noise(inputs)
        for block in self.blocks:
            x = block(x)
        if training:
            x = self.dropout(x, training=training)
        return self.out(x)


keras.utils.set_random_seed(2)
rng = np.random.default_rng(2)
x = rng.uniform(-1, 1, (256, 2)).astype("float32")
y = (x[:, :1] * x[:, 1:]).astype("float32")

linear = Linear(4, "relu", name="first")
empty = len(linear.weights)
out = linear(np.ones((3, 2), "float32"))
again = Linear.from_config(linear.get_config())

model = TwoBlocks(16)
model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse", metrics=["mae"])
history = model.fit(x, y, epochs=30, batch_size=32, verbose=0)
quiet = model.predict(x, verbose=0)
same = np.array_equal(quiet, model.predict(x, verbose=0))

fresh = TwoBlocks(16, name="fresh")
fresh(x[:1])

print("weights before and after a call:", empty, len(linear.weights))
print("config:", again.units, again.name, keras.activations.serialize(again.activation))
print("out:", tuple(out.shape))
print("weights:", len(model.weights), "trained:", len(model.trainable_weights))
print("penalties:", len(model.losses))
print("fresh:", len(fresh.weights), fresh.count_params())
print("the same twice:", same)
