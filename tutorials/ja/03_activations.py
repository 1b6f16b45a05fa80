# %% [markdown]
# # 活性化関数とその傾き
#
# ネットワークの層と層の間には**活性化関数**、つまり曲がった関数が入ります。これがなければ、層をいくつ重ねても一つの層と同じです。直線の直線は直線だからです。前向きでは数を曲げ、逆向きでは勾配に**傾き**を掛けます。ですから、活性化関数は二つの曲線でわかります。この課では、二つ目の曲線を自分で書きます。

# %%
import math

import minigrad as mg
from minigrad import learn
from minigrad.activations import elu, gelu, relu, sigmoid, tanh

lesson = learn.lesson(3, lang="ja")

# %% [markdown]
# ## 二つの曲線
#
# 図の上は値、下は傾きです。傾きが 0 のところを見てください。そこからは何も学べません。

# %%
mg.plot(tanh, relu, elu, gelu)


# %% [markdown]
# ## なめらかな tanh
#
# $t = \tanh(x)$ とすると、傾きは $1 - t^2$ です。中央では急で、両端では平らになります。平らなところでは `tanh` は*飽和*しているといいます。
#
# **問題。** この傾きを書いてください。

# %%
@lesson.check
def tanh_slope(x):
    # 一つの数の tanh は math.tanh で求める
    ...


# %%
for x in (-3.0, -1.0, 0.0, 1.0, 3.0):
    print(f"x = {x:4.1f}   tanh {math.tanh(x):7.4f}   slope {float(tanh_slope(x)):7.4f}")


# %% [markdown]
# ## 折れ点のある relu
#
# `relu` は正の数をそのまま通し、ほかは止めます。逆向きでは、勾配 `gy` に同じことをします。`x > 0` なら通し、それ以外では止めます。
#
# `x = 0` には**折れ点**があります。そこでは傾きが決まらない、あるいは二つあるともいえます。minigrad は、多くのライブラリと同じく、左側の傾き 0 を使います。くわしくは第 4 課で学びます。
#
# **問題。** `gy` も含めて、逆向きの計算を書いてください。

# %%
@lesson.check
def relu_backward(x, gy):
    # gy がどれだけ通るかは x で決まる
    ...


# %%
for x in (-2.0, 0.0, 2.0):
    print(f"x = {x:4.1f}   gy = 3 becomes {float(relu_backward(x, 3.0)):g}")

# %% [markdown]
# ## 自分の数をもつ elu
#
# `elu` は、`x > 0` では `x`、それ以外では `alpha * (exp(x) - 1)` です。0 より下では `-alpha` に向かって曲がり、勾配を完全に止めることはありません。`alpha` の三つの値について描いてみます。

# %%
mg.plot(elu, alpha=[0.5, 1.0, 2.0])


# %% [markdown]
# **問題。** その傾きを書いてください。折れ点では、`x > 0` の条件どおり下の式を使います（値 `y` がわかっているなら近道があります。そこでの傾きは `y + alpha` です。なぜでしょうか）。

# %%
@lesson.check
def elu_slope(x, alpha):
    # 場合が二つある
    ...


# %% [markdown]
# ## どれだけ急になるか
#
# `sigmoid` は `tanh` に似ていますが、0 から 1 まで動きます。
#
# **問題。** 傾きの最大値はいくつですか。図から読み取るか、最も急なところで `sigmoid(x) * (1 - sigmoid(x))` を計算してください。

# %%
mg.plot(sigmoid, tanh)

# %%
steepest = ...
lesson.check(steepest=steepest)

# %% [markdown]
# 傾きは層ごとに掛け合わされます。10 層を通ったあとに残る勾配は、最もよい場合でもこれだけです。

# %%
for name, op in {"sigmoid": sigmoid, "tanh": tanh, "relu": relu}.items():
    # 最も急なところの近くで、relu の折れ点ではない点
    x = mg.Tensor(1e-6, requires_grad=True)
    op(x).backward()
    print(f"{name:8s} steepest {float(x.grad):.2f}   after 10 layers {float(x.grad) ** 10:.1e}")

# %% [markdown]
# これが学習に何をもたらすかは、第 5 課で見ます。
#
# ## minigrad では
#
# minigrad では、傾きは式のすぐそばに書かれています。`minigrad/activations/` を見てください。書き方は、あなたが今書いたものと同じです。検査は差分と比べて行い、折れ点のこともわかっています。

# %%
print(mg.gradcheck(elu, [-1.0, 0.0, 2.0], alpha=0.5))
help(elu)

# %%
lesson.end()
