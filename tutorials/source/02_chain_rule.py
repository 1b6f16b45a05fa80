# %% [markdown]
# # The chain rule, by hand and by machine
#
# In [lesson 1](01_graph.ipynb) every value handed its gradient on to its parents, times a slope. That
# is the **chain rule**. In this lesson you do it by hand, for a neuron; then the machine does it, and
# says the same.
# %% [markdown] lang="ja"
# # 連鎖律を手で、機械で
#
# [第 1 課](01_graph.ipynb)では、それぞれの値が、自分の勾配に傾きを掛けて親に渡しました。これが**連鎖律**です。
# この課では、まず一つのニューロンについて手で計算します。次に機械で計算して、同じ答えになることを確かめます。
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
# %% [markdown] lang="ja"
# ## 傾きは掛け合わせる
#
# 歯車を思い浮かべてください。`u` が `x` の 3 倍動き、`y` が `u` の 5 倍動くなら、`y` は `x` の 15 倍動きます。
#
# $$\frac{dy}{dx} = \frac{dy}{du} \cdot \frac{du}{dx}$$
#
# それぞれの傾きは、その段階の値のところで求めます。
#
# **問題。** `u = 3 * x + 1`、`y = u * u` とします。`x = 1` のとき、`x` に関する `y` の傾きはいくつですか
# （`u * u` の傾きは `2 * u` です）。
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
# %% [markdown] lang="ja"
# ## ニューロンを逆向きに
#
# ニューロンは `z = w * x + b` を計算し、次に `y = tanh(z)` を計算します。`tanh` の傾きは、その結果 $y$ を使って
# $1 - y^2$ と書けます。逆向きに進むときは、勾配を運びながら、一歩ごとに傾きを掛けていきます。`gy` は `y` の勾配、
# つまり `y` が動くと最後の結果がどれだけ動くかを表します。これはニューロンのあとに続く計算から届きます。
#
# | 段階 | その傾き | 勾配 |
# |---|---|---|
# | `y = tanh(z)` | `1 - y * y` | `gz = gy * (1 - y * y)` |
# | `z = w * x + b` | `x`、`w`、`b` について | `gx`、`gw`、`gb` |
#
# **問題。** `gx`、`gw`、`gb` を返してください。


# %%
def neuron(x, w, b):
    return math.tanh(w * x + b)


@lesson.check
def neuron_backward(x, w, b, gy):
    # compute y, then gz, then return gx, gw, gb
    # ja: y、次に gz を計算し、最後に gx, gw, gb を返す
    ...


# %% [markdown]
# Now let the neuron learn. It shall say `y = 0.8` for `x = 1.5`. The loss is `(y - 0.8)**2`, so
# `gy = 2 * (y - 0.8)`. Each step moves `w` and `b` a little against their gradients.
# %% [markdown] lang="ja"
# では、ニューロンに学習させましょう。`x = 1.5` のとき `y = 0.8` と答えるようにします。損失は `(y - 0.8)**2` なので、
# `gy = 2 * (y - 0.8)` です。一歩ごとに、`w` と `b` を勾配と逆の向きに少しだけ動かします。
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
# %% [markdown] lang="ja"
# ## 二つの道は足し合わせる
#
# `y = x * tanh(x)` では、`x` から `y` へ行く道が二つあります。一つ目の因子としてまっすぐ行く道と、`tanh` を通る
# 道です。**一つの道に沿った傾きは掛け、別々の道は足します。**
#
# **問題。** `x` の勾配を返してください。


# %%
@lesson.check
def two_paths(x, gy):
    # the slope along one path plus the slope along the other, times gy
    # ja: 一つの道の傾きともう一つの道の傾きを足し、gy を掛ける
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
# %% [markdown] lang="ja"
# ## 一つの数を何度も使う
#
# `y = s * x` で、`x` が配列、`s` が一つの数だとします。`y` のどの要素も同じ `s` を使うので、要素の数だけ道が
# あります。そこで、`s` に届く分をすべて足し合わせます。**勾配は、いつでも、もとのものと同じ形をしています。**
#
# **問題。** `x` と `gy` は NumPy の配列です。配列 `gx` と、一つの数 `gs` を返してください。


# %%
@lesson.check
def scale_backward(x, s, gy):
    # gx has the shape of x; gs is a single number
    # ja: gx は x と同じ形、gs は一つの数
    ...


# %% [markdown]
# ## By machine
#
# `backward()` does all of this for every step of any program. `mg.explain` shows the chain rule at
# work, number by number: each gradient is a sum over paths of products of slopes.
# %% [markdown] lang="ja"
# ## 機械で
#
# `backward()` は、どんなプログラムのどの段階についても、これをすべて行います。`mg.explain` は、連鎖律が働く様子を
# 数で見せてくれます。どの勾配も、道ごとに傾きを掛け、それを足し合わせたものです。
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
# %% [markdown] lang="ja"
# そして `mg.gradcheck` は、第 1 課で少しずつ動かして調べたように、どんな関数の勾配も差分と比べてくれます。
# %%
print(mg.gradcheck(lambda x, s: mg.activations.tanh(s * x), np.array([1.0, -2.0]), 3.0))

# %%
lesson.end()
