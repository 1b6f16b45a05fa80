# %% [markdown]
# # Kinks and subgradients
#
# `relu` is made of two straight lines that meet at 0. To the left its slope is 0, to the right it is
# 1. And **at** 0? There the curve has a corner, a **kink**, and no slope at all. But backward has to
# multiply by something. In this lesson you see what it may take, what it does take, and when that goes
# wrong.

# %%
import numpy as np

import minigrad as mg
from minigrad import learn
from minigrad.activations import hard_tanh, leaky_relu, prelu, relu

lesson = learn.lesson(4)


# %% [markdown]
# ## Look from both sides
#
# We cannot ask for the slope at the kink, but we can ask on each side of it: go a step `h` to the
# left, or to the right, and see how much `f` has changed, for each unit of the step.
#
# **Exercise.** Return the slope of `f` at `x` seen from the left, then the one seen from the right.

# %%
@lesson.check
def sides(f, x, h):
    # two differences, each divided by h
    ...


# %%
def relu_of(x):
    return x if x > 0 else 0.0


for name, f in (("relu", relu_of), ("abs", abs), ("x * x", lambda x: x * x)):
    for h in (0.5, 0.25, 2.0**-20):
        print(f"{name:6} h = {h:<12.3g} from the left, the right:", sides(f, 0.0, h))

# %% [markdown]
# For `x * x` the two numbers approach each other as `h` becomes smaller: that is what it means to have
# a slope. For `relu` they stay 0 and 1, for `abs` -1 and 1, however small the step.
#
# In the picture the kinks are dots. In the lower part, a filled dot is the slope that backward takes,
# an open one what there is on the other side.

# %%
mg.plot(relu, leaky_relu, hard_tanh, range=(-2, 2))


# %% [markdown]
# ## Every slope between
#
# Lay a ruler on the corner of `relu`. It can lie flat, slope 0, or along the right half, slope 1, or
# anywhere **between**, and it never cuts into the curve. Each of these slopes is called a
# **subgradient**, and each is **legal**: whoever takes it has not made a mistake. At the upper corner of
# `hard_tanh` the ruler lies on top: the slope is 1 on the left and 0 on the right, and again
# everything between is legal.
#
# **Exercise.** Given the slopes from both sides, is this slope legal? Return `True` or `False`.

# %%
@lesson.check
def legal(left, right, slope):
    # mind the corner where the left slope is the larger one
    ...


# %% [markdown]
# `mg.gradcheck` knows this. It looks at both sides, says what is legal, and what the op takes:

# %%
for op in (relu, mg.ops.abs, hard_tanh):
    print(*mg.gradcheck(op, [0.0, 1.0]).lines, sep="\n")
print(*mg.gradcheck(lambda x: prelu(x, 0.25), [0.0]).lines)

# %% [markdown]
# The rule behind it is simple: **the branch that gives the value gives the slope**. `relu` is written
# `x if x > 0 else 0`. At 0 the value comes from `else 0`, whose slope is 0. `prelu` is
# `x if x > 0 else alpha * x`: at 0 its slope is `alpha`.
#
# ## Legal pieces, illegal sum
#
# Now a trap. `relu(x) - relu(-x)` is just `x`, for every `x`: it has no kink, and its slope is 1
# everywhere.
#
# **Exercise.** What gradient does backward find for it at `x = 0`? Use the chain rule with the slope
# that `relu` takes at 0.

# %%
gradient_at_0 = ...
lesson.check(gradient_at_0=gradient_at_0)

# %% [markdown]
# Look at the graph, and follow the gradient from the right to the left:

# %%
x = mg.Tensor(0.0, requires_grad=True, name="x")
y = relu(x) - relu(-x)
y.backward()
mg.draw(y, y=y)

# %%
print(mg.gradcheck(lambda x: relu(x) - relu(-x), [0.0], raises=False).errors[0])

# %% [markdown]
# Each slope was legal, and yet the result is not a slope of `x`. So what backward gives at a kink
# depends on **how the function is written**, not only on the function.
#
# ## Choose another one
#
# `with mg.kinks(...)` makes backward take another slope at kinks: that of the `"left"` side, of the
# `"right"` side, `"zero"`, or the `"middle"` of left and right.

# %%
for which in ("left", "right", "zero", "middle"):
    x = mg.Tensor([-1.0, 0.0, 1.0], requires_grad=True)
    loss = leaky_relu(x, 0.2).sum()
    with mg.kinks(which):
        loss.backward()
    print(f"{which:6} slopes of leaky_relu at -1, 0, 1: {x.grad}")

# %% [markdown]
# **Exercise.** With which of the four is the gradient of `relu(x) - relu(-x)` at 0 right, that is 1?
# Answer with a word, such as `"left"`.

# %%
convention = ...
lesson.check(convention=convention)

# %% [markdown]
# ## Does it matter?
#
# Mostly not: a sum of many products is almost never exactly 0. It matters where many numbers are
# exactly at the kink. Weights that all start from 0 put every unit there:

# %%
for which in ("left", "middle", "right"):
    first = mg.layers.Dense(4, kernel_initializer="zeros", seed=0)
    last = mg.layers.Dense(1, kernel_initializer="ones")
    loss = last(relu(first(np.ones((2, 3))))).sum()
    with mg.kinks(which):
        loss.backward()
    print(f"{which:6} largest gradient in the first layer: {np.abs(first.kernel.grad).max():g}")

# %% [markdown]
# With slope 0, nothing reaches the first layer, and it will never learn. That is one of the reasons
# why weights start from random numbers. `docs/kinks.md` has measured what the choice does to training.

# %%
lesson.end()
