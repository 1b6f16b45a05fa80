# %% [markdown]
# # Activations and their slopes
#
# Between two layers of a network stands an **activation**: a function that bends. Without it, a stack
# of layers would be no more than one layer, for a line of a line is a line. Forward, an activation
# bends the numbers; backward, it multiplies the gradient by its **slope**. So an activation is known
# by two curves, and in this lesson you write the second one.
# %% [markdown] lang="ja"
# # 活性化関数とその傾き
#
# ネットワークの層と層の間には**活性化関数**、つまり曲がった関数が入ります。これがなければ、層をいくつ重ねても
# 一つの層と同じです。直線の直線は直線だからです。前向きでは数を曲げ、逆向きでは勾配に**傾き**を掛けます。
# ですから、活性化関数は二つの曲線でわかります。この課では、二つ目の曲線を自分で書きます。
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
# %% [markdown] lang="ja"
# ## 二つの曲線
#
# 図の上は値、下は傾きです。傾きが 0 のところを見てください。そこからは何も学べません。
# %%
mg.plot(tanh, relu, elu, gelu)

# %% [markdown]
# ## A smooth one: tanh
#
# With $t = \tanh(x)$ the slope is $1 - t^2$. Steep in the middle, flat at both ends: there `tanh` is
# *saturated*.
#
# **Exercise.** Write that slope.
# %% [markdown] lang="ja"
# ## なめらかな tanh
#
# $t = \tanh(x)$ とすると、傾きは $1 - t^2$ です。中央では急で、両端では平らになります。平らなところでは `tanh` は
# *飽和*しているといいます。
#
# **問題。** この傾きを書いてください。


# %%
@lesson.check
def tanh_slope(x):
    # math.tanh is the tanh of a number
    # ja: 一つの数の tanh は math.tanh で求める
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
# %% [markdown] lang="ja"
# ## 折れ点のある relu
#
# `relu` は正の数をそのまま通し、ほかは止めます。逆向きでは、勾配 `gy` に同じことをします。`x > 0` なら通し、
# それ以外では止めます。
#
# `x = 0` には**折れ点**があります。そこでは傾きが決まらない、あるいは二つあるともいえます。minigrad は、多くの
# ライブラリと同じく、左側の傾き 0 を使います。くわしくは第 4 課で学びます。
#
# **問題。** `gy` も含めて、逆向きの計算を書いてください。


# %%
@lesson.check
def relu_backward(x, gy):
    # what of gy comes through, depends on x
    # ja: gy がどれだけ通るかは x で決まる
    ...


# %%
for x in (-2.0, 0.0, 2.0):
    print(f"x = {x:4.1f}   gy = 3 becomes {float(relu_backward(x, 3.0)):g}")

# %% [markdown]
# ## One with a number of its own: elu
#
# `elu` is `x` for `x > 0`, and `alpha * (exp(x) - 1)` otherwise: below 0 it bends down to `-alpha`, and
# never stops the gradient altogether. The curve for three values of `alpha`:
# %% [markdown] lang="ja"
# ## 自分の数をもつ elu
#
# `elu` は、`x > 0` では `x`、それ以外では `alpha * (exp(x) - 1)` です。0 より下では `-alpha` に向かって曲がり、
# 勾配を完全に止めることはありません。`alpha` の三つの値について描いてみます。
# %%
mg.plot(elu, alpha=[0.5, 1.0, 2.0])

# %% [markdown]
# **Exercise.** Write its slope. At the kink take the lower branch, as `x > 0` says. (If you have the
# value `y` at hand, there is a short way: there the slope is `y + alpha`. Why?)
# %% [markdown] lang="ja"
# **問題。** その傾きを書いてください。折れ点では、`x > 0` の条件どおり下の式を使います（値 `y` がわかっているなら
# 近道があります。そこでの傾きは `y + alpha` です。なぜでしょうか）。


# %%
@lesson.check
def elu_slope(x, alpha):
    # two branches
    # ja: 場合が二つある
    ...


# %% [markdown]
# ## How steep can it get?
#
# `sigmoid` looks like `tanh`, but it runs from 0 to 1.
#
# **Exercise.** What is its largest slope? Read it off the picture, or compute
# `sigmoid(x) * (1 - sigmoid(x))` where it is steepest.
# %% [markdown] lang="ja"
# ## どれだけ急になるか
#
# `sigmoid` は `tanh` に似ていますが、0 から 1 まで動きます。
#
# **問題。** 傾きの最大値はいくつですか。図から読み取るか、最も急なところで `sigmoid(x) * (1 - sigmoid(x))` を計算
# してください。
# %%
mg.plot(sigmoid, tanh)

# %%
steepest = ...
lesson.check(steepest=steepest)

# %% [markdown]
# Slopes multiply, layer by layer. Behind 10 layers, at best this much of a gradient is left:
# %% [markdown] lang="ja"
# 傾きは層ごとに掛け合わされます。10 層を通ったあとに残る勾配は、最もよい場合でもこれだけです。
# %%
for name, op in {"sigmoid": sigmoid, "tanh": tanh, "relu": relu}.items():
    # as steep as they get, and not on the kink of relu
    # ja: 最も急なところの近くで、relu の折れ点ではない点
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
# %% [markdown] lang="ja"
# これが学習に何をもたらすかは、第 5 課で見ます。
#
# ## minigrad では
#
# minigrad では、傾きは式のすぐそばに書かれています。`minigrad/activations/` を見てください。書き方は、あなたが
# 今書いたものと同じです。検査は差分と比べて行い、折れ点のこともわかっています。
# %%
print(mg.gradcheck(elu, [-1.0, 0.0, 2.0], alpha=0.5))
help(elu)

# %%
lesson.end()
