# %% [markdown]
# # A value and its graph
#
# A program computes a number. **How much does that number move when an input moves a little?** That
# is the question behind all training of neural networks. In this lesson you build, in about 40 lines, a
# program that answers it. Then you meet `tensor.py`, which does the same for whole arrays.
#
# Run the cells from top to bottom. Where you see `...`, it is your turn: write your answer there and
# run the cell again. Each answer is checked at once.
# %% [markdown] lang="ja"
# # 値とその計算グラフ
#
# プログラムは数を計算します。**入力が少し動くと、その数はどれだけ動くでしょうか。** ニューラルネットワークの
# 学習は、すべてこの問いの上に成り立っています。この課では、それに答えるプログラムを 40 行ほどで作ります。そのあと、
# 同じことを配列全体で行う `tensor.py` を見ます。
#
# セルを上から順に実行してください。`...` のところはあなたの番です。答えを書いて、もう一度そのセルを実行します。
# 答えはすぐに確かめられます。
# %%
import itertools

import minigrad as mg
from minigrad import learn

lesson = learn.lesson(1)

# %% [markdown]
# ## Nudge it
#
# Take `f` below. Move `a` by a little, compute again, and compare.
# %% [markdown] lang="ja"
# ## 少し動かしてみる
#
# 下の `f` で、`a` を少しだけ動かして計算し直し、結果を比べます。


# %%
def f(a, b):
    return a * b + b


nudge = 0.001
print(f"f(2, -3) = {f(2, -3)}")
print(f"slope of a: {(f(2 + nudge, -3) - f(2, -3)) / nudge:.6g}")

# %% [markdown]
# The result moves by -3 times the nudge: **the slope of `f` with respect to `a` is -3**. It is `b`,
# since `a` is multiplied by `b`.
#
# **Exercise.** What is the slope of `f` with respect to `b`, at the same place? Nudge `b`, or think:
# `b` is used at two places.
# %% [markdown] lang="ja"
# 結果は、動かした幅の -3 倍だけ動きます。つまり **`a` に関する `f` の傾きは -3** です。`a` には `b` が掛かって
# いるので、これは `b` の値です。
#
# **問題。** 同じ場所で、`b` に関する `f` の傾きはいくつですか。`b` を動かしてみるか、考えてみてください。
# `b` は二か所で使われています。
# %%
slope_of_b = ...
lesson.check(slope_of_b=slope_of_b)

# %% [markdown]
# ## Remember how it was made
#
# Nudging means to compute everything again for each input; a network has millions. It is better to
# ask each step of the computation for its own slopes. A sum `a + b` moves as much as `a` does: its
# slopes are 1 and 1. And a product?
#
# **Exercise.** Return the two slopes of `a * b`: with respect to `a`, then with respect to `b`.
# %% [markdown] lang="ja"
# ## 作られ方を覚えておく
#
# この方法では、入力ごとに全体を計算し直すことになります。ネットワークには入力が何百万もあります。それよりも、
# 計算の一つ一つの段階で、その傾きを求めるほうがよいでしょう。和 `a + b` は `a` と同じだけ動くので、傾きは 1 と 1 です。
# では、積ではどうでしょうか。
#
# **問題。** `a * b` の二つの傾きを返してください。`a` に関する傾き、`b` に関する傾きの順です。


# %%
@lesson.check
def product_slopes(a, b):
    # return the slope with respect to a, then the one with respect to b
    # ja: a に関する傾き、b に関する傾きの順に返す
    ...


# %% [markdown]
# Now a value that **remembers**: the values it was made from, its *parents*, and its slope with
# respect to each of them. Numbers count up, so a newer value has a larger `number`.
# %% [markdown] lang="ja"
# 次は、作られ方を**覚えている**値です。もとになった値（**親**）と、そのそれぞれに関する傾きを覚えています。
# 番号は順に増えるので、新しい値ほど `number` が大きくなります。

# %%
count = itertools.count()


class Value:
    def __init__(self, data, parents=(), slopes=()):
        self.data = data
        self.grad = 0.0
        self.parents = parents
        self.slopes = slopes
        self.number = next(count)

    def __add__(self, other):
        return Value(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        slopes = product_slopes(self.data, other.data)
        return Value(self.data * other.data, (self, other), slopes)


a, b = Value(2.0), Value(-3.0)
product = a * b
result = product + b
for name, value in {"result": result, "product": product}.items():
    parents = [parent.data for parent in value.parents]
    print(f"{name} = {value.data:g} made from {parents}, slopes {value.slopes}")

# %% [markdown]
# This is the **graph** of the computation: `result` points to `product` and `b`, and `product` points
# to `a` and `b`.
#
# ## Hand the gradient back
#
# The **gradient** of a value is how much the result moves when this value moves. The gradient of the
# result itself is 1. A value with gradient $g$ that has slope $s$ with respect to a parent hands
# $g \cdot s$ on to it. A parent **adds up** what it is given, since it may be used at several places.
#
# **Exercise.** Write that: for each parent of `value`, add to its `grad`.
# %% [markdown] lang="ja"
# これが計算の**グラフ**です。`result` は `product` と `b` を、`product` は `a` と `b` を指しています。
#
# ## 勾配を親に渡す
#
# ある値の**勾配**とは、その値が動いたときに結果がどれだけ動くかを表す数です。結果そのものの勾配は 1 です。
# 勾配が $g$ である値は、ある親に関する傾きが $s$ なら、その親に $g \cdot s$ を渡します。
# 親は何か所かで使われることもあるので、渡されたものを**足し合わせ**ます。
#
# **問題。** それを書いてください。`value` のそれぞれの親の `grad` に足します。


# %%
@lesson.check
def hand_on(value):
    # for parent, slope in zip(value.parents, value.slopes): ...
    # ja: for parent, slope in zip(value.parents, value.slopes): を使う
    ...


# %% [markdown]
# ## The right order
#
# A value may hand on only when it has been given everything. If `b = a + a` and `c = b + b`, then `b`
# must wait until `c` has given both shares. There is a simple order that is always right: **the newest
# first**, for a value is newer than its parents.
#
# **Exercise.** Write `backward`: the gradient of `result` is 1; then every value hands on, the newest
# first. `values` is a list of all values of the graph, the newest first.
# %% [markdown] lang="ja"
# ## 正しい順番
#
# 値が勾配を渡してよいのは、自分がすべてを受け取ったあとだけです。`b = a + a`、`c = b + b` なら、`b` は `c` から
# 二回分とも受け取るまで待たなければなりません。いつでも正しい簡単な順番があります。値はその親より新しいので、
# **新しいものから順に**進めばよいのです。
#
# **問題。** `backward` を書いてください。`result` の勾配を 1 にし、それから、新しいものから順にすべての値が勾配を
# 渡します。`values` は、グラフのすべての値を新しいものから順に並べたリストです。


# %%
@lesson.check
def backward(result, values, hand_on):
    # the gradient of the result, then a loop
    # ja: まず結果の勾配、それからループ
    ...


# %%
def newest_first(result):
    found, waiting = set(), [result]
    while waiting:
        value = waiting.pop()
        if value not in found:
            found.add(value)
            waiting.extend(value.parents)
    return sorted(found, key=lambda value: -value.number)


values = newest_first(result)
for value in values:
    value.grad = 0.0
backward(result, values, hand_on)
print(f"gradients: a {a.grad:g}, b {b.grad:g}")

# %% [markdown]
# The same slopes as by nudging, and both from **one** walk through the graph. That is all there is to
# it: a graph, slopes, a walk back. You have built an autograd engine.
#
# **Exercise.** Before you run the next cell: with `x = 1`, `y = x + x` and `z = y + y`, what is the
# gradient of `x`?
# %% [markdown] lang="ja"
# 少し動かして求めた傾きと同じです。しかも、グラフを**一度**たどるだけで両方が求まりました。グラフと、傾きと、
# 逆向きにたどること。必要なのはそれだけです。あなたは自動微分エンジンを作りました。
#
# **問題。** 次のセルを実行する前に考えてください。`x = 1`、`y = x + x`、`z = y + y` のとき、`x` の勾配はいくつ
# ですか。
# %%
gradient_of_x = ...
lesson.check(gradient_of_x=gradient_of_x)

# %% [markdown]
# ## Meet tensor.py
#
# In minigrad a `Tensor` is your `Value` for a whole array. Its picture shows each value with its
# gradient.
# %% [markdown] lang="ja"
# ## tensor.py を見てみる
#
# minigrad の `Tensor` は、あなたの `Value` を配列全体に広げたものです。下の図には、それぞれの値とその勾配が
# 描かれます。
# %%
x = mg.Tensor(1.0, requires_grad=True, name="x")
y = x + x
z = y + y
z.backward()
mg.draw(z, y=y, z=z)

# %% [markdown]
# And it says why each gradient is what it is:
# %% [markdown] lang="ja"
# それぞれの勾配がなぜその値になるのかも、言葉で説明できます。
# %%
print(mg.explain(z, y=y, z=z))

# %% [markdown]
# Open `minigrad/tensor.py` and look for your own program:
#
# | yours | there |
# |---|---|
# | `parents` | `Node.parents` |
# | `slopes` | `op.vjp`, which multiplies by the slopes at once |
# | `hand_on`, adding up | `add_up` |
# | `backward`, the newest first | `gradients`, with a heap |
#
# It reads alone, without any other file.
# %% [markdown] lang="ja"
# `minigrad/tensor.py` を開いて、自分のプログラムを探してみましょう。
#
# | あなたのプログラム | tensor.py |
# |---|---|
# | `parents` | `Node.parents` |
# | `slopes` | `op.vjp`（傾きを掛けるところまで行う） |
# | `hand_on`、足し合わせ | `add_up` |
# | `backward`、新しいものから順に | `gradients`（ヒープを使う） |
#
# ほかのファイルを開かなくても、このファイルだけで読めます。
# %%
lesson.end()
