# %% [markdown]
# # Kernels: from formula to vector code
#
# An activation is a formula for **one** number, and a network has millions of them. What stands between
# is a **kernel**: a loop around the formula, made into machine code. In this lesson you write such a
# loop, see what the compiler makes of it, and find out when it pays to use all cores.

# %%
from time import perf_counter

import numpy as np

import minigrad as mg
from minigrad import learn
from minigrad.activations import silu
from minigrad.kernels import loops
from minigrad.kernels.kernel import Kernel

lesson = learn.lesson(9)


# %% [markdown]
# ## A loop around a formula
#
# Here is an activation that bends at 0, and its slope. Nothing in it knows of arrays.

# %%
@mg.elementwise(kinks=[0.0])
def bent(x):
    """Bent: x for x > 0, 0.3 x otherwise."""
    return x if x > 0 else 0.3 * x


@bent.partial("x")
def dbent_dx(x):
    return 1.0 if x > 0 else 0.3


mg.plot(bent)


# %% [markdown]
# The loop for the way forward is three lines: go over all elements, and put what the formula says into
# `out`. Nothing is returned, for `out` is there already and only has to be filled.
#
# **Exercise.** Write the loop for the way back: `out[i]` is the slope at `x[i]`, times `gy[i]`.

# %%
def forward_loop(formula, x, out):
    for i in range(len(out)):
        out[i] = formula(x[i])


@lesson.check
def gradient_loop(slope, x, gy, out):
    # slope is a function of one number
    ...


# %% [markdown]
# Your loop is the one in `minigrad/kernels/loops.py`. There Numba turns it into machine code, once, and
# keeps the result on the disk. Both compute the same; only the clock can tell them apart.

# %%
rng = np.random.default_rng(0)
x, gy = rng.standard_normal((2, 20_000)).astype(np.float32)
by_loop, by_kernel = np.empty_like(x), np.empty_like(x)
slope_of_bent = bent.partials["x"].declaration.formula
compiled = Kernel(loops.gradient, slope_of_bent).compile((gy, (x,), (), by_kernel))


def seconds(action, *arguments):
    # the best of a few tries: what else the machine does only makes it longer
    found = []
    for _ in range(4):
        start = perf_counter()
        action(*arguments)
        found.append(perf_counter() - start)
    return min(found)


# 16 digits for the loop too: the kernel computes with them and rounds once
python = seconds(gradient_loop, slope_of_bent, x.astype(float), gy.astype(float), by_loop)
machine = seconds(compiled, gy, (x,), (), by_kernel)
print(f"same numbers: {np.array_equal(by_loop, by_kernel)}")
print(f"the Python loop takes {python / machine:.0f}x as long as the kernel")

# %% [markdown]
# ## What the compiler made of it
#
# `mg.kernel` is a window into the compiler. It prints the loop, the formula, and the **types** that
# Numba found: `x` is `float32` in the array but `float64` in the formula. Each result is computed with
# 16 digits and rounded once, when it is stored. The last lines are about the machine code.

# %%
view = mg.kernel(bent)
print(view)

# %% [markdown]
# And here is a piece of the machine code itself. A line with `>>` is a **vector instruction**: it does
# the same to several numbers at once. On most computers their names say so: in `vmulpd`, `mul` is
# multiply, `p` is packed, `d` is double. `.llvm` has the step before this one.

# %%
lines = view.assembly.splitlines()
first = next((k for k, line in enumerate(lines) if line.startswith(">>")), 0)
print("\n".join(lines[first : first + 16]))


# %% [markdown]
# How many is several? A register of 512 bits holds 8 numbers of 64 bits: it has 8 **lanes**. If the
# array does not end where a register does, the rest is done one number at a time. That is what
# `scalar_instructions` are for.
#
# **Exercise.** An array has `n` numbers, a register has `lanes`. How often does the vector instruction
# run, and how many numbers are left over?

# %%
@lesson.check
def instructions(n, lanes):
    # return two whole numbers: full registers, and what is left over
    ...


# %%
for n in (1000, 1003):
    full, rest = instructions(n, 8)
    print(f"{n} numbers: {full} vector instructions and {rest} single ones")


# %% [markdown]
# A branch such as `x > 0` is no obstacle: all lanes compute both sides, and a mask picks one. But
# what if each number needs another number of rounds? Then the lanes cannot march in step:

# %%
@mg.elementwise()
def halvings(x):
    """Halvings: how often x must be halved to come below 1."""
    count = 0.0
    while x >= 1:
        x = x / 2
        count += 1
    return count


print(f"bent:     {view.verdict}")
print(f"halvings: {mg.kernel(halvings).verdict}")


# %% [markdown]
# So a kernel is written for the compiler as much as for the reader: contiguous arrays in, no memory
# taken inside, both branches cheap.
#
# ## When all cores pay
#
# Two cores are not twice as fast. Calling them together costs time, whatever there is to do, and only
# then the work is shared:
#
# | | time for $n$ numbers |
# |---|---|
# | one core | $n \cdot t$ |
# | all cores | $c + n \cdot t / \text{cores}$ |
#
# **Exercise.** From how many numbers on are all cores faster? Here $c$ is `overhead` and $t$ is
# `per_number`. Set both times equal, and solve for $n$.

# %%
@lesson.check
def break_even(overhead, per_number, cores):
    # there are at least two cores
    ...


# %%
for what, overhead, per_number in (("relu", 20, 0.0005), ("gelu", 20, 0.01)):
    n = float(break_even(overhead, per_number, 4))
    print(f"{what}, {overhead} us to call, {per_number} us a number: from {n:,.0f} on")

# %% [markdown]
# The dearer the formula, the sooner it pays. And on your machine? A `#` is a tenth of the time that one
# core takes; more than 10 of them means that the other cores only got in the way. On a machine with
# little to do, the last row is the shortest.

# %%
many = rng.standard_normal(300_000).astype(np.float32)
out = np.empty_like(many)
kernel = Kernel(loops.forward, silu.declaration.formula)
alone = kernel.compile(((many,), (), out))
together = kernel.compile(((many,), (), out), parallel=True)
for n in (1_000, 30_000, 300_000):
    given = (many[:n],), (), out[:n]
    ratio = seconds(together, *given) / seconds(alone, *given)
    bar = "#" * min(round(10 * ratio), 30) + ("..." if ratio > 3 else "")
    print(f"{n:8,} numbers: {ratio:8.2f}x the time of one core  {bar}")

# %% [markdown]
# minigrad does not guess. A kernel starts as plain Python, is compiled once there is enough to do, and
# is timed on the large arrays it is given. It goes to all cores only where one core needs more than
# 50 us. All three ways give the same bits. Read `minigrad/kernels/kernel.py`: it is one page.

# %%
lesson.end()
