"""What some examples count more than others do."""

import numpy as np

import minigrad as keras
from minigrad import layers

rng = np.random.default_rng(5)
x = rng.normal(size=(600, 1)).astype("float32")
y = (x[:, 0] + rng.normal(size=600) > 1.5).astype("int32")  # few ones, many zeros


def trained(**how):
    keras.utils.set_random_seed(5)
    model = keras.Sequential([layers.Dense(1, activation="sigmoid", input_shape=(1,))])
    model.compile(
        optimizer=keras.optimizers.Adam(0.05),
        loss="binary_crossentropy",
        metrics=["accuracy", keras.metrics.Recall(name="recall")],
        weighted_metrics=["accuracy"] if "sample_weight" in how else None,
    )
    model.fit(x, y, epochs=20, batch_size=50, verbose=0, **how)
    return model


plain = trained()
fair = trained(class_weight={0: 1.0, 1: 8.0})
weights = np.where(y == 1, 8.0, 1.0)
same = trained(sample_weight=weights)
nothing = plain.evaluate(x, y, sample_weight=np.zeros(len(y)), verbose=0, return_dict=True)

recall = {
    name: model.evaluate(x, y, verbose=0, return_dict=True)["recall"]
    for name, model in (("plain", plain), ("fair", fair))
}
close = np.allclose(fair.predict(x, verbose=0), same.predict(x, verbose=0), atol=1e-5)
print("class weights are sample weights:", close)
print("loss without weights:", nothing["loss"])
