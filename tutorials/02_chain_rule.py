# %% [markdown]
# # The chain rule, by hand and by machine
#
# In [lesson 1](01_graph.ipynb) every value handed its gradient on to its parents, times a slope. That
# is the **chain rule**. In this lesson you do it by hand, for a neuron; then the machine does it, and
# says the same.

# %%
import math

import numpy as np

import minigrad as mg
from minigrad import learn

lesson = learn.lesson(2)

# %% [markdown]
# ## Slopes multiply
#
# Think of gears. If `u` moves 3 times as much as `x`, and `y` moves 5 times as much as `u`, then `y`
# moves 15 times as much as `x`:
#
# $$\frac{dy}{dx} = \frac{dy}{du} \cdot \frac{du}{dx}$$
#
# Each slope is taken at the place where its own step is.
#
# **Exercise.** `u = 3 * x + 1` and `y = u * u`. What is the slope of `y` with respect to `x`, at
# `x = 1`? (The slope of `u * u` is `2 * u`.)

# %%
chain_slope = ...
lesson.check(chain_slope=chain_slope)


# %% [markdown]
# ## A neuron, backwards
#
# A neuron computes `z = w * x + b`, then `y = tanh(z)`. The slope of `tanh` is $1 - y^2$, where $y$
# is its result. Going back, we carry the gradient along and multiply it at each step. We write `gy`
# for the gradient of `y`: how much the final result moves when `y` moves. It comes from whatever
# stands after the neuron.
#
# | step | its slopes | gradient |
# |---|---|---|
# | `y = tanh(z)` | `1 - y * y` | `gz = gy * (1 - y * y)` |
# | `z = w * x + b` | for `x`, `w`, `b` | `gx`, `gw`, `gb` |
#
# **Exercise.** Return `gx`, `gw` and `gb`.

# %%
def neuron(x, w, b):
    return math.tanh(w * x + b)


@lesson.check
def neuron_backward(x, w, b, gy):
    # compute y, then gz, then return gx, gw, gb
    ...


# %% [markdown]
# Now let the neuron learn. It shall say `y = 0.8` for `x = 1.5`. The loss is `(y - 0.8)**2`, so
# `gy = 2 * (y - 0.8)`. Each step moves `w` and `b` a little against their gradients.

# %%
x, w, b = 1.5, -0.5, 0.25
for step in range(21):
    y = neuron(x, w, b)
    gx, gw, gb = neuron_backward(x, w, b, gy=2 * (y - 0.8))
    if step % 5 == 0:
        print(f"step {step:2d}   y = {y:6.3f}   loss = {(y - 0.8) ** 2:.6f}")
    w, b = w - 0.3 * gw, b - 0.3 * gb


# %% [markdown]
# ## Two paths add up
#
# In `y = x * tanh(x)` there are two ways from `x` to `y`: straight, as the first factor, and through
# `tanh`. **Along a path slopes are multiplied; different paths are added up.**
#
# **Exercise.** Return the gradient of `x`.

# %%
@lesson.check
def two_paths(x, gy):
    # the slope along one path plus the slope along the other, times gy
    ...


# %%
x = mg.Tensor(0.5, requires_grad=True, name="x")
y = x * mg.activations.tanh(x)
y.backward()
print(f"yours {float(two_paths(0.5, 1.0)):.6f}, machine {float(x.grad):.6f}")
mg.draw(y, y=y)


# %% [markdown]
# ## One number, used many times
#
# In `y = s * x` let `x` be an array and `s` a single number. Every element of `y` uses the same `s`:
# that makes as many paths as there are elements. So the shares of `s` are added up over all of them,
# and **a gradient always has the shape of the thing that it is the gradient of**.
#
# **Exercise.** `x` and `gy` are NumPy arrays. Return `gx`, an array, and `gs`, a single number.

# %%
@lesson.check
def scale_backward(x, s, gy):
    # gx has the shape of x; gs is a single number
    ...


# %% [markdown]
# ## By machine
#
# `backward()` does all of this for every step of any program. `mg.explain` shows the chain rule at
# work, number by number: each gradient is a sum over paths of products of slopes.

# %%
x = mg.Tensor([1.0, -2.0, 0.5])
s = mg.Tensor(3.0, requires_grad=True, name="s")
y = s * x
loss = mg.ops.sum(y * y)
loss.backward()
print(mg.explain(loss, y=y, loss=loss))

# %% [markdown]
# And `mg.gradcheck` compares the gradients of any function with differences, as you did by nudging in
# lesson 1:

# %%
print(mg.gradcheck(lambda x, s: mg.activations.tanh(s * x), np.array([1.0, -2.0]), 3.0))

# %%
lesson.end()
