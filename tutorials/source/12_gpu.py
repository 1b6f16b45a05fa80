# %% [markdown]
# # The same kernel on a GPU
#
# A GPU is a crowd: thousands of weak workers who all follow the same instructions at the same time. In
# this lesson you write what **one** of them does, and let a crowd of them run on a GPU that is not
# there: in Numba's simulator. You need no GPU.
# %% [markdown] lang="ja"
# # 同じカーネルを GPU で
#
# GPU は大勢の働き手の集まりです。一人ひとりの力は弱いのですが、何千人もが同じ指示に従って同時に働きます。この課では、
# そのうちの**一人**の仕事を書き、ここにはない GPU の上で大勢に働いてもらいます。Numba のシミュレータを使うので、GPU は
# 要りません。
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
# %% [markdown] lang="ja"
# ## 大勢のうちの一人
#
# CPU のカーネルは、すべての要素についてのループでした（[第 9 課](09_kernels.ipynb)）。GPU では、**スレッド**と呼ばれる
# 働き手の全員が同じ関数を実行します。スレッドが知っているのは二つだけです。0 から始まる自分の番号 `number` と、全員の人数
# `count` です。そこで、まず `number` 番目の要素を担当し、次に `count` だけ先へ進み、それを終わりまで繰り返します。スレッドが
# 4 人なら、こうなります。
#
# | element | 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 |
# |---|---|---|---|---|---|---|---|---|---|---|
# | thread | 0 | 1 | 2 | 3 | 0 | 1 | 2 | 3 | 0 | 1 |
#
# これを*グリッドストライド*といいます。スレッドが何人でも、どんな長さの配列にも使えます。また、隣どうしのスレッドが隣どうしの
# 数を読むので、メモリにとっても都合がよいのです。
#
# **問題。** 一人のスレッドの仕事を書いてください。担当する要素のそれぞれについて、`x[i]` が正なら `y[i]` は `x[i]`、
# それ以外なら `0.3 * x[i]` です。別の場所で実行するので、Python だけで書いてください。


# %%
@lesson.check
def one_thread(number, count, x, y):
    # range takes a start, an end and a stride; len(x) is the end
    # ja: range には始まり、終わり、歩幅を渡せる。終わりは len(x)
    ...


# %% [markdown]
# Nobody says who is first. Here 4 threads come in any order, and each writes to its own places:
# %% [markdown] lang="ja"
# 誰が先に働くかは決まっていません。4 人のスレッドをばらばらの順で動かしてみましょう。それぞれが自分の場所だけに書き込みます。
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
# %% [markdown] lang="ja"
# 同じ場所に書き込むスレッドは二人といないので、順番は結果に関係しません。もし全員が一つの合計に足していくなら、関係して
# きます。二人が同じ古い合計を読むと、片方の分が失われるからです。そこで minigrad では、スレッドが決まった大きさの
# **ブロック**ごとに足し、そのあとブロックを順番に足します。
#
# ## 何人必要か
#
# スレッドは、たとえば 128 人ずつのブロックにまとめられています。どの要素にも専任のスレッドを付けるには、十分な数のブロックが
# 必要です。最後のブロックには空きができてもかまいません。
#
# **問題。** `n` 個の要素に、`threads` 人のブロックはいくつ必要ですか。


# %%
@lesson.check
def blocks_for(n, threads):
    # a whole number, just large enough
    # ja: 足りる中で最も小さい整数
    ...


# %%
for n in (10, 128, 1000, 1_000_000):
    print(f"{n:9,} elements: {int(blocks_for(n, 128)):5,} blocks of 128")

# %% [markdown]
# With fewer blocks the strides do the rest.
#
# **Exercise.** 4 blocks of 64 threads each go over 1000 elements. How many elements does thread 0 do?
# %% [markdown] lang="ja"
# ブロックがそれより少なくても、残りは歩幅を重ねることで片づきます。
#
# **問題。** 64 人のブロック 4 個で、1000 個の要素を処理します。スレッド 0 が担当する要素はいくつですか。
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
# %% [markdown] lang="ja"
# ## ここにはない GPU の上で
#
# では、あなたの関数を GPU に送りましょう。`cuda.grid(1)` がスレッドの番号、`cuda.gridsize(1)` が人数です。
# `kernel[blocks, threads]` で、ブロックの数と一つのブロックの人数を決めます。
#
# シミュレータでは、一つひとつのスレッドが Python のスレッドになります。シミュレータは Numba が動き出す前に選ばなければならない
# ので、下のプログラムは別のプロセスで実行します。NVIDIA の GPU があるコンピュータでは、`NUMBA_ENABLE_CUDASIM` を付けなければ、
# 同じプログラムが GPU の上で動きます。
#
# プログラムの後半では、minigrad が両方の装置で `elu` とその勾配を計算します。
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
# %% [markdown] lang="ja"
# `elu` の式が宣言されたのは**一度**だけです。CPU では第 9 課のループの中に置かれ、コンパイラがベクトル命令にします。GPU では、
# 同じループの `range` が、あなたの書いたものに取り換えられます。どの要素も同じように計算され、一度だけ丸められるので、結果は
# ビットまで同じです。
#
# ## どんなときに得か
#
# シミュレータでわかるのは何が計算されるかで、速さはわかりません。GPU よりも CPU よりも、はるかに遅いからです。本物の GPU では、第 9 課のコアの
# 話がもっと極端になります。呼び出すのに時間がかかりますが、そのあとは非常に多くの働き手がいます。GPU のメモリまでの往復は遠い
# 道のりです。ですから、モデルは `model.to("cuda")` で一度だけ移し、そこに置いておきましょう。あなたのコンピュータに何があり、
# 何が足りないかは、`minigrad doctor` が教えてくれます。
# %%
lesson.end()
