# %% [markdown]
# # Activations and their slopes
#
# Between two layers of a network stands an **activation**: a function that bends. Without it, a stack
# of layers would be no more than one layer, for a line of a line is a line. Forward, an activation
# bends the numbers; backward, it multiplies the gradient by its **slope**. So an activation is known
# by two curves, and in this lesson you write the second one.

# %%
import math

import minigrad as mg
from minigrad import learn
from minigrad.activations import elu, gelu, relu, sigmoid, tanh

lesson = learn.lesson(3)

# %% [markdown]
# ## Two curves
#
# The upper part shows the value, the lower part the slope. Look where each slope is 0: nothing is
# learned from there.

# %%
mg.plot(tanh, relu, elu, gelu)


# %% [markdown]
# ## A smooth one: tanh
#
# With $t = \tanh(x)$ the slope is $1 - t^2$. Steep in the middle, flat at both ends: there `tanh` is
# *saturated*.
#
# **Exercise.** Write that slope.

# %%
@lesson.check
def tanh_slope(x):
    # math.tanh is the tanh of a number
    ...


# %%
for x in (-3.0, -1.0, 0.0, 1.0, 3.0):
    print(f"x = {x:4.1f}   tanh {math.tanh(x):7.4f}   slope {float(tanh_slope(x)):7.4f}")


# %% [markdown]
# ## One with a kink: relu
#
# `relu` lets through what is positive and stops the rest. On the way back it does the same to the
# gradient `gy`: where `x > 0` it passes, elsewhere it stops.
#
# At `x = 0` there is a **kink**: the curve has no slope there, or two. minigrad takes the one from the
# left, 0, as nearly everybody does; lesson 4 says more.
#
# **Exercise.** Write the whole backward step, with `gy`.

# %%
@lesson.check
def relu_backward(x, gy):
    # what of gy comes through, depends on x
    ...


# %%
for x in (-2.0, 0.0, 2.0):
    print(f"x = {x:4.1f}   gy = 3 becomes {float(relu_backward(x, 3.0)):g}")

# %% [markdown]
# ## One with a number of its own: elu
#
# `elu` is `x` for `x > 0`, and `alpha * (exp(x) - 1)` otherwise: below 0 it bends down to `-alpha`, and
# never stops the gradient altogether. The curve for three values of `alpha`:

# %%
mg.plot(elu, alpha=[0.5, 1.0, 2.0])


# %% [markdown]
# **Exercise.** Write its slope. At the kink take the lower branch, as `x > 0` says. (If you have the
# value `y` at hand, there is a short way: there the slope is `y + alpha`. Why?)

# %%
@lesson.check
def elu_slope(x, alpha):
    # two branches
    ...


# %% [markdown]
# ## How steep can it get?
#
# `sigmoid` looks like `tanh`, but it runs from 0 to 1.
#
# **Exercise.** What is its largest slope? Read it off the picture, or compute
# `sigmoid(x) * (1 - sigmoid(x))` where it is steepest.

# %%
mg.plot(sigmoid, tanh)

# %%
steepest = ...
lesson.check(steepest=steepest)

# %% [markdown]
# Slopes multiply, layer by layer. Behind 10 layers, at best this much of a gradient is left:

# %%
for name, op in {"sigmoid": sigmoid, "tanh": tanh, "relu": relu}.items():
    # as steep as they get, and not on the kink of relu
    x = mg.Tensor(1e-6, requires_grad=True)
    op(x).backward()
    print(f"{name:8s} steepest {float(x.grad):.2f}   after 10 layers {float(x.grad) ** 10:.1e}")

# %% [markdown]
# Lesson 5 is about what that does to learning.
#
# ## In minigrad
#
# There, a slope is written beside its formula, in `minigrad/activations/`, just as you did it. The
# checker compares it with differences, and knows kinks:

# %%
print(mg.gradcheck(elu, [-1.0, 0.0, 2.0], alpha=0.5))
help(elu)

# %%
lesson.end()
