# %% [markdown]
# # Vanishing gradients and dead units
#
# Going back, the gradient is multiplied by one slope after the other. Small slopes make it small, and a
# slope of 0 ends it. Either way, the layers at the front hear nothing and do not learn. In this lesson
# you see both happen, and what helps.

# %%
import warnings

import numpy as np

import minigrad as mg
from minigrad import learn
from minigrad.activations import relu, sigmoid
from minigrad.callbacks import Monitor
from minigrad.layers import Dense

lesson = learn.lesson(5)

# %% [markdown]
# ## Sigmoid after sigmoid
#
# Send a number through 3 sigmoids and look at the gradients from the right to the left:

# %%
x = mg.Tensor(0.0, requires_grad=True, name="x")
y = sigmoid(sigmoid(sigmoid(x)))
y.backward()
mg.draw(y, y=y)


# %% [markdown]
# The slope of a sigmoid is at most 0.25, at 0, and less everywhere else. That was the last answer of
# [lesson 3](03_activations.ipynb). So there is a limit to what can be left of a gradient of 1.
#
# **Exercise.** How much of a gradient of 1 can be left, at most, after so many sigmoids?

# %%
@lesson.check
def most_left(sigmoids):
    # sigmoids is how many there are: 1, 2, 3, ...
    ...


# %%
for sigmoids in (1, 3, 10, 30):
    x = mg.Tensor(0.0, requires_grad=True)
    y = x
    for _ in range(sigmoids):
        y = sigmoid(y)
    y.backward()
    print(f"{sigmoids:2} sigmoids: at most {most_left(sigmoids):.1e}, at x = 0 {x.grad:.1e}")

# %% [markdown]
# ## A whole network
#
# Between the activations stand weights, and they could make up for it. Do they? Here is the size of the
# gradient in each of 10 layers, with weights as they usually start. Each `#` is a factor of 2.

# %%
rng = np.random.default_rng(0)
examples = rng.standard_normal((100, 64))
ends = rng.standard_normal((100, 64))


def gradients(activation):
    layers = [
        Dense(64, activation, kernel_initializer=mg.initializers.HeNormal(seed=k))
        for k in range(10)
    ]
    h = mg.Tensor(examples)
    for layer in layers:
        h = layer(h)
    (h * ends).sum().backward()
    return [float(np.abs(layer.kernel.grad).mean()) for layer in layers]


for activation in ("sigmoid", "relu"):
    for k, size in enumerate(gradients(activation), 1):
        print(f"{activation:8} layer {k:2} {size:8.1e} {'#' * int(max(np.log2(size) + 22, 0))}")

# %% [markdown]
# With sigmoid each layer leaves about 1/3 of the gradient: this is the **vanishing gradient**. The first
# layer gets tens of thousands of times less than the last. With `relu` the sizes stay the same, for
# its slope is exactly 1 wherever it is active. And so it learns:

# %%
data = mg.datasets.moons(400)
for activation in ("sigmoid", "relu"):
    mg.utils.set_random_seed(0)
    layers = [Dense(32, activation, kernel_initializer="he_normal") for _ in range(8)]
    model = mg.Sequential([*layers, Dense(2, "softmax")])
    optimizer = mg.optimizers.SGD(0.1)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(data.x_train, data.y_train, epochs=10, verbose=0).history
    print(f"{activation:8} accuracy after 10 epochs: {history['accuracy'][-1]:.2f}")


# %% [markdown]
# One half is what guessing gives: there are 2 classes.
#
# ## Where weights start
#
# Slopes of 1 do not help if the weights are too small or too large. A unit adds up `inputs` products.
# If the weights have the standard deviation $s$, the squares of the outputs are on average
# $s^2 \cdot \text{inputs}$ times those of the inputs, and `relu` then throws away **one half** of
# them. Numbers, and gradients too, keep their size if these factors give 1.
#
# **Exercise.** Which standard deviation does that? (He et al. 2015)

# %%
@lesson.check
def he_stddev(inputs):
    # solve s**2 * inputs / 2 = 1 for s
    ...


# %%
for name, stddev in (("0.05", 0.05), ("he", he_stddev(64)), ("0.5", 0.5)):
    h = rng.standard_normal((100, 64))
    for _ in range(20):
        h = np.maximum(h @ rng.normal(0.0, stddev, (64, 64)), 0.0)
    print(f"standard deviation {name:>4}: after 20 layers the numbers are about {h.std():.1e}")

# %% [markdown]
# That is `kernel_initializer="he_normal"`. For `tanh` and `sigmoid`, which throw nothing away around 0,
# there is `"glorot_uniform"`, the default.
#
# ## Dead units
#
# `relu` has a danger of its own: where its input is negative, its slope is 0. Here a unit with weight
# `w` sees the input 2:

# %%
w = mg.Tensor(-1.5, requires_grad=True, name="w")
z = w * 2.0
y = relu(z)
y.backward()
mg.draw(y, z=z, y=y)

# %% [markdown]
# The gradient of `w` is 0, so `w` stays where it is. If that happens for **every** example, the unit is
# **dead**: always 0, never learning again. `leaky_relu` lets a little through.
#
# **Exercise.** Replace `relu` by `leaky_relu` with slope 0.2, for `w = -1.5` and the input 2. What is
# the gradient of `w`?

# %%
gradient_of_w = ...
lesson.check(gradient_of_w=gradient_of_w)


# %% [markdown]
# ## Count them
#
# **Exercise.** `y` holds the outputs of a relu layer, a row for each example and a column for each
# unit. Return the share of dead units: of the columns that are 0 in every row.

# %%
@lesson.check
def dead_share(y):
    # y == 0 is an array of True and False
    ...


# %% [markdown]
# A `Monitor` does that during training. A learning rate that is too large throws many units out of the
# reach of the data in one step, and they never come back:

# %%
for activation, rate in (("relu", 0.1), ("relu", 1.0), ("leaky_relu", 0.1)):
    mg.utils.set_random_seed(0)
    hidden = Dense(32, activation, kernel_initializer="he_normal", name="hidden")
    model = mg.Sequential([hidden, Dense(32, activation), Dense(2, "softmax")])
    optimizer = mg.optimizers.SGD(rate, momentum=0.9)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    monitor = Monitor(data.x_train)
    with warnings.catch_warnings():  # the monitor warns too
        warnings.simplefilter("ignore")
        model.fit(data.x_train, data.y_train, epochs=6, verbose=0, callbacks=monitor)
    dead = [record["dead"] for record in monitor.records if record["layer"] == "hidden"]
    mine = dead_share(np.asarray(hidden(data.x_train)))
    print(
        f"{activation:10} rate {rate}: dead {' '.join(f'{d:.2f}' for d in dead)}, you: {mine:.2f}"
    )
    for text in monitor.warnings:
        print("  ", text)

# %% [markdown]
# What helps: a smaller learning rate, weights that start well, and an activation that does not end at
# 0. But who says that the slope below 0 should be 0.2? In the next lesson it is learned.

# %%
lesson.end()
