"""A model in a file, its weights in a file, and the same model again."""

import numpy as np

import minigrad as keras
from minigrad import layers


class Scale(layers.Layer):
    def __init__(self, start=1.0, **kwargs):
        super().__init__(**kwargs)
        self.start = start

    def build(self, input_shape):
        self.factor = self.add_weight(
            shape=(1,), initializer=keras.initializers.Constant(self.start), name="factor"
        )

    def call(self, inputs):
        return inputs * self.factor

    def get_config(self):
        return {**super().get_config(), "start": self.start}


def make():
    inputs = keras.Input(shape=(3,), name="x")
    x = layers.Dense(8, activation="elu", name="one")(inputs)
    x = layers.BatchNormalization(name="norm")(x)
    x = Scale(2.0, name="scale")(x)
    return keras.Model(inputs, layers.Dense(1, name="two")(x))


keras.utils.set_random_seed(9)
rng = np.random.default_rng(9)
x = rng.normal(size=(128, 3)).astype("float32")
y = np.abs(x).sum(axis=1, keepdims=True).astype("float32")
model = make()
model.compile(optimizer="adam", loss="mse", metrics=["mae"])
model.fit(x, y, epochs=5, verbose=0)
before = model.predict(x, verbose=0)

model.save("model.keras")
loaded = keras.models.load_model("model.keras", custom_objects={"Scale": Scale})
print("loaded:", np.array_equal(before, loaded.predict(x, verbose=0)))
with keras.utils.custom_object_scope({"Scale": Scale}):
    inside = keras.saving.load_model("model.keras")
print("in a scope:", np.array_equal(before, inside.predict(x, verbose=0)))
went_on = [m.fit(x, y, epochs=2, verbose=0, shuffle=False).history["loss"] for m in (model, loaded)]
print("training goes on alike:", np.allclose(went_on[0], went_on[1], rtol=1e-6))

model.save_weights("model.weights.h5")
other = make()
other.load_weights("model.weights.h5")
print("weights:", np.array_equal(model.predict(x, verbose=0), other.predict(x, verbose=0)))

twin = keras.models.clone_model(model)
twin.set_weights(model.get_weights())
print("twin:", np.array_equal(model.predict(x, verbose=0), twin.predict(x, verbose=0)))
again = keras.models.model_from_json(model.to_json(), custom_objects={"Scale": Scale})
print("from JSON:", [layer.name for layer in again.layers if "x" != layer.name])
plain = keras.Sequential.from_config(
    keras.Sequential([keras.Input((2,)), layers.Dense(4), layers.ReLU(max_value=6.0)]).get_config()
)
print("from a config:", plain.layers[-1].max_value, plain.count_params())
layer = layers.deserialize(layers.serialize(layers.LeakyReLU(negative_slope=0.1)))
print("a layer:", round(float(layer.negative_slope), 4))
