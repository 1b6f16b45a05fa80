# %% [markdown]
# # Checking gradients, and how checkers lie
#
# A wrong gradient raises no error. The program runs, the loss goes down a little, and nobody knows why
# it does not go down further. So gradients are **checked**: nudge the input, see how much the output
# moves, and compare. But a checker is a program too, and in this lesson you see it lie.

# %%
import math

import numpy as np

import minigrad as mg
from minigrad import learn

lesson = learn.lesson(7)


# %% [markdown]
# ## A difference across x
#
# In lesson 1 we nudged to one side. It is better to nudge to **both** sides and divide by the whole
# way: this is the *central difference*.
#
# **Exercise.** Return the central difference of `f` at `x`: from `x - h` to `x + h`.

# %%
@lesson.check
def difference(f, x, h):
    # how wide is the way from x - h to x + h?
    ...


# %% [markdown]
# ## Lie 1: the step
#
# How small should `h` be? The smaller, the better, one would think. Here is the error of the slope of
# `exp` at 3, for one step after the other:

# %%
print("h        one side  central   central, float32")
for k in range(1, 14):
    h = 10.0**-k
    one_side = (math.exp(3 + h) - math.exp(3)) / h
    central = difference(math.exp, 3.0, h)
    single = difference(np.exp, np.float32(3), np.float32(h))
    errors = [abs(float(slope) / math.exp(3) - 1) for slope in (one_side, central, single)]
    print(f"1e-{k:02}  ", "   ".join(f"{error:.0e}" for error in errors))

# %% [markdown]
# Two things go wrong. With a **large** step the curve bends on the way. With a **small** step `f(x + h)`
# and `f(x - h)` agree in nearly all their digits, and their difference is only rounding. In float32
# there are 7 digits instead of 16, and nothing useful is left. That is why `mg.gradcheck` computes in
# float64, whatever you give it.
#
# **Exercise.** Which step is best for the central difference in float64, the middle column?

# %%
best_step = ...
lesson.check(best_step=best_step)


# %% [markdown]
# ## Lie 2: a kink on the way
#
# `relu` has the slope 1 at `x = 0.001`, without any doubt. But a step that reaches across the kink sees
# something else:

# %%
def relu(x):
    return max(x, 0.0)


for h in (0.1, 0.01, 0.0001):
    print(f"h = {h:<7} difference {difference(relu, 0.001, h):.3f}, the true slope is 1")

# %% [markdown]
# Here the gradient is right and the checker is wrong. A good checker looks on both sides of the kink:

# %%
print(mg.gradcheck(mg.activations.relu, [0.001, 0.0]))


# %% [markdown]
# ## Lie 3: close enough?
#
# Two numbers never agree in all digits, so we need a rule for "the same". A fixed limit such as 0.001
# is a bad one: between 1000000 and 1000001 it sees an error, between 0.0001 and 0.0005 it sees none.
# What counts is the error **relative** to the size of the numbers.
#
# **Exercise.** Return `True` if `mine` and `found` differ by no more than `rtol` times the larger of
# their sizes. Mind negative numbers, and that 0 agrees with 0.

# %%
@lesson.check
def agrees(mine, found, rtol):
    # abs(...) is the size of a number
    ...


# %% [markdown]
# Now you have a checker. Let it check the slope of `tanh`:

# %%
def checker(f, slope):
    for x in (-1.5, -0.3, 0.4, 2.0):
        if not agrees(slope(x), difference(f, x, 1e-5), 1e-6):
            return False
    return True


print("right slope:", checker(math.tanh, lambda x: 1 - math.tanh(x) ** 2))


# %% [markdown]
# ## Lie 4: a checker that always says yes
#
# Does that `True` mean anything? This one says `True` as well, and so does the next, which forgot `abs`:

# %%
def yes(f, slope):
    return True


def without_abs(f, slope):
    return all(slope(x) - difference(f, x, 1e-5) <= 1e-6 for x in (-1.5, -0.3, 0.4, 2.0))


for check in (yes, without_abs):
    print(check.__name__, check(math.tanh, lambda x: 1 - math.tanh(x) ** 2))


# %% [markdown]
# So a checker must be checked, and the way is simple: **feed it a wrong gradient**. It must say no.
#
# **Exercise.** `check(f, slope)` is a checker. Return `True` if it accepts the right `slope` of `f` and
# refuses the slope `wrong`.

# %%
@lesson.check
def trusted(check, f, slope, wrong):
    # call check twice
    ...


# %%
def half_of_it(x):
    return 0.5 * math.exp(x)


for check in (checker, yes, without_abs):
    print(f"{check.__name__:12} trusted: {trusted(check, math.exp, math.exp, half_of_it)}")


# %% [markdown]
# The slope of `exp` is `exp`, and half of it is wrong. `without_abs` accepts it, since it is too small:
# there it is no better than `yes`. Every checker in the tests
# of minigrad is fed something wrong.
#
# ## The checker of minigrad
#
# `mg.gradcheck` takes many steps, combines them, and estimates its own error. Give it an op with a
# mistake that is easy to make, a knee at 1 instead of 0:

# %%
@mg.elementwise(kinks=[0.0])
def leaky(x):
    """Leaky: x for x > 0, 0.1 x otherwise."""
    return x if x > 0 else 0.1 * x


@leaky.partial("x")
def dleaky_dx(x):
    return 1 if x > 1 else 0.1


for points in ([-2.0, -1.0, 2.0, 3.0], [-2.0, 0.5, 2.0]):
    report = mg.gradcheck(leaky, points, raises=False)
    print(points, "ok" if report.ok else report.errors[0])
mg.plot(leaky)

# %% [markdown]
# Lie 5 was the last one: **at the wrong places, a wrong gradient is right**. In the first row no point
# was between 0 and 1. Without points, `mg.gradcheck(leaky)` chooses its own, on both sides of each kink
# and close to it. Use that for an op of your own.

# %%
lesson.end()
