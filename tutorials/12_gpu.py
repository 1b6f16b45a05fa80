# %% [markdown]
# # The same kernel on a GPU
#
# A GPU is a crowd: thousands of weak workers who all follow the same instructions at the same time. In
# this lesson you write what **one** of them does, and let a crowd of them run on a GPU that is not
# there: in Numba's simulator. You need no GPU.

# %%
import inspect
import os
import subprocess
import sys

import numpy as np

from minigrad import learn

lesson = learn.lesson(12)


# %% [markdown]
# ## One thread of many
#
# On the CPU a kernel was a loop over all elements ([lesson 9](09_kernels.ipynb)). On a GPU every worker,
# called a **thread**, runs the same function. It knows two things: its own `number`, from 0 on, and the
# `count` of all threads. So it takes element `number`, then makes a stride of `count`, and so on to the
# end. With 4 threads:
#
# | element | 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 |
# |---|---|---|---|---|---|---|---|---|---|---|
# | thread | 0 | 1 | 2 | 3 | 0 | 1 | 2 | 3 | 0 | 1 |
#
# This is a *grid stride*: any number of threads fits any array, and neighbouring threads read
# neighbouring numbers, which memory likes best.
#
# **Exercise.** Write what one thread does. For each of its elements, `y[i]` is `x[i]` where `x[i]` is
# positive, and `0.3 * x[i]` otherwise. Use plain Python only; this will run elsewhere.

# %%
@lesson.check
def one_thread(number, count, x, y):
    # range takes a start, an end and a stride; len(x) is the end
    ...


# %% [markdown]
# Nobody says who is first. Here 4 threads come in any order, and each writes to its own places:

# %%
x = np.linspace(-2.0, 2.5, 10)
y = np.full(10, np.nan)
for number in (2, 0, 3, 1):
    one_thread(number, 4, x, y)
    print(f"after thread {number}: {' '.join('  .  ' if np.isnan(v) else f'{v:5.2f}' for v in y)}")


# %% [markdown]
# Since no two threads write to the same place, the order does not matter. If all of them added to one
# total, it would: two could read the same old total, and one share would be lost. That is why minigrad
# lets threads add up **blocks** of fixed size, and then adds the blocks in order.
#
# ## How many?
#
# Threads come in blocks, for instance of 128. For each element to have a thread of its own, there must
# be enough blocks, the last one half empty if need be.
#
# **Exercise.** How many blocks of `threads` threads are needed for `n` elements?

# %%
@lesson.check
def blocks_for(n, threads):
    # a whole number, just large enough
    ...


# %%
for n in (10, 128, 1000, 1_000_000):
    print(f"{n:9,} elements: {int(blocks_for(n, 128)):5,} blocks of 128")

# %% [markdown]
# With fewer blocks the strides do the rest.
#
# **Exercise.** 4 blocks of 64 threads each go over 1000 elements. How many elements does thread 0 do?

# %%
elements_of_thread_0 = ...
lesson.check(elements_of_thread_0=elements_of_thread_0)

# %% [markdown]
# ## On a GPU that is not there
#
# Now your function goes to the GPU. `cuda.grid(1)` is the number of a thread, `cuda.gridsize(1)` is the
# count. `kernel[blocks, threads]` says how many there shall be.
#
# In the simulator each thread is a thread of Python. It must be chosen before Numba starts, so the
# program below runs in a process of its own. On a computer with an NVIDIA GPU the same program, without
# `NUMBA_ENABLE_CUDASIM`, runs on the GPU.
#
# The second half of the program lets minigrad compute `elu` and its gradient on both devices.

# %%
lines = inspect.getsource(one_thread).splitlines()
yours = "\n".join(line for line in lines if not line.startswith("@"))

PROGRAM = f"""
from __future__ import annotations
import numpy as np
from numba import cuda

{yours}

one = cuda.jit(device=True)(one_thread)

@cuda.jit
def kernel(x, y):
    one(cuda.grid(1), cuda.gridsize(1), x, y)

x, y = np.linspace(-2.0, 2.5, 10), np.zeros(10)
kernel[2, 3](x, y)
print("your kernel, 2 blocks of 3:", y.round(2))

import minigrad as mg
numbers = np.linspace(-2, 2, 9, dtype=np.float32)
found = []
for device in ("cpu", "cuda"):
    x = mg.Tensor(numbers, requires_grad=True, device=device)
    y = mg.activations.elu(x)
    y.sum().backward()
    found += [y.data, x.grad]
    print(f"elu, {{device:4}}  ", y.data.round(2))
    print("   gradients", x.grad.round(2))
same = all(np.array_equal(here, there) for here, there in zip(found[:2], found[2:]))
print("the same bits:", same)
"""
simulator = os.environ | {"NUMBA_ENABLE_CUDASIM": "1"}
command = [sys.executable, "-W", "ignore", "-c", PROGRAM]
run = subprocess.run(command, env=simulator, capture_output=True, text=True, timeout=120)
print(run.stdout)
if run.returncode:
    print(f"The rest cannot run here (try the extra `cuda`): {run.stderr.strip().splitlines()[-1]}")

# %% [markdown]
# The formula of `elu` was declared **once**. On the CPU it stands in the loop of lesson 9, where the
# compiler makes vector code of it; on the GPU the same loop gets another `range`, the one you wrote. Each
# element is computed in the same way and rounded once, so the bits are the same.
#
# ## When it pays
#
# The simulator shows what is computed, not how fast: it is far slower than a GPU, and than a CPU. On a real GPU it
# is as with cores in lesson 9, only more so: much overhead, and then very many workers. The way to its
# memory and back is long. So move a model there once, with `model.to("cuda")`, and leave it there.
# `minigrad doctor` says what your machine has and what is missing.

# %%
lesson.end()
