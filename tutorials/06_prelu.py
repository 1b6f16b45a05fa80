# %% [markdown]
# # Learned activations: PReLU
#
# `leaky_relu` multiplies negative numbers by 0.2. Why 0.2? **PReLU** does not guess: its slope `alpha`
# is learned, just like a weight. For that, backward needs one more gradient, the one of `alpha`. In
# this lesson you write it by hand, and then you declare PReLU so that the machine does the rest.

# %%
import numpy as np

import minigrad as mg
from minigrad import learn
from minigrad.activations import prelu

lesson = learn.lesson(6)
mg.plot(prelu, alpha=[-0.5, 0.0, 0.25, 1.0])


# %% [markdown]
# ## Two inputs, two slopes
#
# $$\text{prelu}(x, \alpha) = x \text{ for } x > 0, \quad \alpha x \text{ otherwise}$$
#
# Positive numbers pass as they are, the others are multiplied by $\alpha$. Think of `alpha` as a second
# input. If `alpha` moves a little, by how much does the result move? Where
# `x > 0`, it does not matter what `alpha` is.
#
# **Exercise.** Return the slope with respect to `x`, then the one with respect to `alpha`. At the kink
# `x = 0` take the lower branch, as in [lesson 4](04_kinks.ipynb).

# %%
@lesson.check
def prelu_slopes(x, alpha):
    # for x > 0 return two slopes, else two others
    ...


# %%
for number in (-3.0, -1.0, 2.0):
    dx, dalpha = prelu_slopes(number, 0.25)
    print(f"x = {number:4}: the slope for x is {dx:g}, for alpha {dalpha:g}")


# %% [markdown]
# ## One alpha, many examples
#
# A layer has many examples but only **one** `alpha` for each unit. Below are 3 examples (rows) of 2
# units (columns). If the `alpha` of a unit moves, the results of all its examples move, and so does the
# loss, through each of them. As in lesson 1, where a value was used at several places: the shares
# **add up**. So the gradient of `alpha` is a sum over the batch:
#
# $$g_\alpha = \sum_{\text{examples}} g_y \cdot \frac{\partial y}{\partial \alpha}$$
#
# The gradient of `x` needs no sum, for each `x` is used only once.
#
# **Exercise.** `x` and `gy` have a row for each example, `alpha` has a number for each unit. Return `gx`,
# which has the shape of `x`, and `galpha`, which has the shape of `alpha`.

# %%
@lesson.check
def prelu_backward(x, alpha, gy):
    # np.where(x > 0, this, that) chooses for each element; .sum(axis=0) adds up the rows
    ...


# %%
x = np.array([[-2.0, 1.0], [0.5, -1.0], [-3.0, -0.5]])
alpha = np.array([0.25, 0.25])
gx, galpha = prelu_backward(x, alpha, np.ones((3, 2)))
print("gx", gx.tolist())
print("galpha", galpha)

# %% [markdown]
# Check it as in lesson 1: nudge the first `alpha` and see how much the sum of all results moves.

# %%
nudge = np.array([0.001, 0.0])


def total(alpha):
    return np.where(x > 0, x, alpha * x).sum()


print("by nudging", round((total(alpha + nudge) - total(alpha)) / 0.001, 6), "by hand", galpha[0])

# %% [markdown]
# ## Let it learn
#
# Somebody made the numbers `wanted` with two slopes that we do not know. Start at 0, compute the
# gradient of the squared error, take a step against it, again and again:

# %%
rng = np.random.default_rng(0)
given = rng.standard_normal((100, 2))
wanted = np.where(given > 0, given, [0.3, -0.6] * given)
learned = np.zeros(2)
for step in range(25):
    error = np.where(given > 0, given, learned * given) - wanted
    learned = learned - 0.2 * prelu_backward(given, learned, 2 * error / len(given))[1]
    if step % 6 == 0:
        print(f"step {step:2}  alpha {learned.round(3)}  squared error {np.mean(error**2):.2e}")


# %% [markdown]
# ## By declaration
#
# In minigrad you say only what is true of **one number**: the formula, and a slope for each input.
# `inputs=2` means that both `x` and `alpha` are tensors and want a gradient; `kinks=[0.0]` says where
# the corner is. Loops, shapes, the graph, and the sum over the batch come by themselves.
#
# **Exercise.** Declare PReLU: fill in the formula and both slopes. No arrays here, no `gy`, no sum.

# %%
@mg.elementwise(inputs=2, kinks=[0.0])
def my_prelu(x, alpha):
    """PReLU: x for x > 0, alpha x otherwise."""
    ...


@my_prelu.partial("x")
def dmy_prelu_dx(x, alpha):
    # the slope with respect to x
    ...


@my_prelu.partial("alpha")
def dmy_prelu_dalpha(x, alpha):
    # the slope with respect to alpha
    ...


my_prelu = lesson.check(my_prelu=my_prelu)

# %% [markdown]
# The same 3 examples again. `explain` says that the gradient of `alpha` is summed over its copies:

# %%
inputs = mg.Tensor(x, requires_grad=True, name="x")
slopes = mg.Tensor(alpha, requires_grad=True, name="alpha")
y = my_prelu(inputs, slopes)
loss = y.sum()
loss.backward()
print(mg.explain(loss, y=y, loss=loss))
mg.draw(loss, y=y, loss=loss)

# %% [markdown]
# Do not believe it, check it: `gradcheck` compares the slopes with differences.

# %%
print(mg.gradcheck(my_prelu, [-1.0, 0.0, 2.0], [0.25, -0.5, 2.0]))

# %% [markdown]
# ## In a network
#
# The layer `PReLU` owns its `alpha`, one for each unit, and it is trained with the weights. It starts
# from 0, as `relu` does, and ends where the data want it:

# %%
mg.utils.set_random_seed(0)
data = mg.datasets.moons(400)
layer = mg.layers.PReLU()
model = mg.Sequential([mg.layers.Dense(8), layer, mg.layers.Dense(2, "softmax")])
model.compile(mg.optimizers.Adam(0.02), "sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(data.x_train, data.y_train, epochs=30, verbose=0).history
print("accuracy", round(history["accuracy"][-1], 3))
print("alpha", np.asarray(layer.alpha).round(2))

# %%
lesson.end()
