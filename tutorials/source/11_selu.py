# %% [markdown]
# # selu: a network that keeps its own scale
#
# In [lesson 5](05_vanishing.ipynb) numbers kept their size only if the weights started just right. `selu`
# does more. `selu` pulls the numbers back to mean 0 and variance 1 in **every layer**, 50 layers deep. In
# this lesson you find its two strange constants yourself, and then you break it.
# %% [markdown] lang="ja"
# # selu: 自分で大きさを保つネットワーク
#
# [第 5 課](05_vanishing.ipynb)では、重みの初期値がちょうどよいときだけ、数の大きさが保たれました。`selu` はもっとよいことを
# します。50 層の深さになっても、**どの層でも**数を平均 0、分散 1 に引き戻すのです。この課では、`selu` の二つの不思議な
# 定数を自分で見つけ、そのあとでこの仕組みを壊してみます。
# %%
from statistics import NormalDist

import numpy as np

import minigrad as mg
from minigrad import learn
from minigrad.activations import elu, relu, selu, tanh
from minigrad.activations.exponentials import SELU_ALPHA, SELU_SCALE
from minigrad.layers import AlphaDropout, Dense, Dropout

lesson = learn.lesson(11)
mg.plot(selu, elu, relu)

# %% [markdown]
# ## What a layer does to the numbers
#
# Suppose the numbers that enter a layer have mean 0 and variance 1. A unit adds up `inputs` products of
# a number and a weight. If the weights have mean 0 and variance $s^2$, the sum has mean 0 and variance
# $s^2 \cdot \text{inputs}$. Nothing is thrown away here; the activation comes later.
#
# **Exercise.** With which standard deviation $s$ of the weights does the variance stay 1? (LeCun et
# al. 1998)
# %% [markdown] lang="ja"
# ## 層は数に何をするか
#
# 層に入る数の平均が 0、分散が 1 だとします。一つのユニットは、数と重みの積を `inputs` 個足し合わせます。重みの平均が 0、
# 分散が $s^2$ なら、和の平均は 0、分散は $s^2 \cdot \text{inputs}$ です。ここでは何も捨てません。活性化関数はこのあとです。
#
# **問題。** 重みの標準偏差 $s$ がいくつなら、分散が 1 のままになりますか（LeCun et al. 1998）。


# %%
@lesson.check
def lecun_stddev(inputs):
    # solve s**2 * inputs = 1 for s
    # ja: s**2 * inputs = 1 を s について解く
    ...


# %% [markdown]
# ## Where 1.6733 and 1.0507 come from
#
# So a sum `z` is about normally distributed, with mean 0 and variance 1. What does an activation make
# of that? Here are 2000 such numbers, evenly placed:
# %% [markdown] lang="ja"
# ## 1.6733 と 1.0507 はどこから来るのか
#
# すると、和 `z` は、平均 0、分散 1 の正規分布におおよそ従います。活性化関数はそれをどう変えるでしょうか。そのような数を
# 2000 個、偏りなく並べて調べます。
# %%
normal = NormalDist()
z = np.array([normal.inv_cdf((k + 0.5) / 2000) for k in range(2000)])
for name, f in {"z itself": np.array, "relu": relu, "tanh": tanh, "elu": elu, "selu": selu}.items():
    y = np.asarray(f(z))
    print(f"{name:8}  mean {y.mean():6.3f}   variance {y.var():.3f}")

# %% [markdown]
# `selu` gives back what it was given: mean 0 and variance 1. For that, `selu` is an `elu` with two
# numbers chosen just so:
#
# 1. `alpha` makes the negative part as heavy as the positive one, so that the mean is 0.
# 2. `scale` then stretches everything, so that the variance is 1.
#
# **Exercise.** Find both. The positive part of `z` is `np.maximum(z, 0)`, the negative part of elu is
# `alpha * np.expm1(np.minimum(z, 0))`. First choose `alpha` so that both means add up to 0; then choose
# `scale`.
# %% [markdown] lang="ja"
# `selu` では、平均 0、分散 1 がそのまま戻ってきます。`selu` は、そうなるように二つの数を選んだ `elu` です。
#
# 1. `alpha` は、負の部分を正の部分とつり合わせて、平均を 0 にします。
# 2. 次に `scale` が全体を引き伸ばして、分散を 1 にします。
#
# **問題。** 二つとも求めてください。`z` の正の部分は `np.maximum(z, 0)`、elu の負の部分は
# `alpha * np.expm1(np.minimum(z, 0))` です。まず、二つの平均の和が 0 になるように `alpha` を選び、そのあとで `scale` を
# 選びます。


# %%
@lesson.check
def selu_constants(z):
    # the two means balance; .mean(), .var() and ** 0.5 help. Return alpha, scale
    # ja: 二つの平均をつり合わせる。.mean()、.var()、** 0.5 が使える。alpha, scale の順に返す
    ...


# %%
alpha, scale = (float(number) for number in selu_constants(z))
print(f"yours:     alpha {alpha:.4f}, scale {scale:.4f}")
print(f"the paper: alpha {SELU_ALPHA:.4f}, scale {SELU_SCALE:.4f}")

# %% [markdown]
# ## 50 layers deep
#
# And if the numbers are not at 0 and 1 yet? Then each layer pulls them a little nearer. Watch the
# variance: at `|` it is 1, at `-` only 0.1, at `+` it is 10.
# %% [markdown] lang="ja"
# ## 50 層の深さ
#
# では、数の平均と分散がまだ 0 と 1 でないときはどうでしょうか。層を通るたびに、少しずつ引き寄せられます。分散を見てください。
# `|` のところが 1、`-` は 0.1 しかなく、`+` は 10 です。
# %%
rng = np.random.default_rng(0)
examples = rng.standard_normal((100, 64)).astype(np.float32)


def deep(title, activation="selu", start=mg.initializers.LecunNormal, drop=None, x=examples):
    print(title)
    h = mg.Tensor(x)
    for layer in range(1, 51):
        with mg.no_grad():
            h = Dense(64, activation, kernel_initializer=start(seed=layer))(h)
            if drop is not None:
                h = drop(0.1, seed=layer)(h, training=True)
        mean, variance = float(h.data.mean()), float(h.data.var())
        if layer in (1, 2, 5, 10, 20, 50):
            scale = list("          -         |         +          ")
            place = 20 + round(10 * np.log10(variance))
            scale[min(max(place, 0), len(scale) - 1)] = "o"
            print(f"  layer {layer:2}  {''.join(scale)}  mean {mean:6.2f}  variance {variance:.2g}")


deep("selu")
deep("selu, and the inputs have mean 2 and variance 9", x=3 * examples + 2)

# %% [markdown]
# That is **self-normalisation**. No layer measures anything; mean 0 and variance 1 are a fixed point
# that attracts.
#
# ## What breaks it
#
# The promise holds under conditions: weights from `LecunNormal`, and nothing in between that spoils mean
# or variance. Guess first, then look.
# %% [markdown] lang="ja"
# これが**自己正規化**です。どの層も何かを測ったりはしません。平均 0、分散 1 が、引き寄せる固定点になっているのです。
#
# ## 何が壊すのか
#
# この約束には条件があります。重みが `LecunNormal` で初期化され、途中に平均や分散を崩すものがないことです。まず予想して、
# それから見てみましょう。
# %%
deep("selu with the weights of relu, HeNormal", start=mg.initializers.HeNormal)
deep("relu with the weights of selu", activation="relu")
deep("selu with Dropout(0.1)", drop=Dropout)

# %% [markdown]
# Weights that are too large win: `selu` pulls back, and each layer pushes further. `relu` makes the
# variance smaller each time and has no fixed point but 0. And `Dropout`, which puts 0 in the place of a
# number, adds variance in every layer: `selu` holds it, but too high.
#
# For `selu` there is `AlphaDropout`. It does not put 0 there but the lowest value that `selu` can reach,
# as if the unit had been switched off by a very negative input. Then it repairs mean and variance.
#
# **Exercise.** Which value is that? Where does `selu` end, for `x` far below 0? Give at least 3 digits.
# %% [markdown] lang="ja"
# 大きすぎる重みには勝てません。`selu` が引き戻しても、層を通るたびにそれ以上に押し広げられます。`relu` は毎回分散を小さくし、
# 固定点は 0 しかありません。`Dropout` は数を 0 に置き換えるので、どの層でも分散が増えます。`selu` はそれを抑えますが、落ち着く
# 値が高すぎます。
#
# `selu` には `AlphaDropout` があります。0 ではなく、`selu` がとりうる最も低い値に置き換えるのです。非常に小さい負の入力で
# ユニットが切られたかのように見えます。そのあとで、平均と分散を直します。
#
# **問題。** それはいくつですか。`x` が 0 よりずっと小さいとき、`selu` はどこに行き着きますか。3 桁以上で答えてください。
# %%
lowest = ...
lesson.check(lowest=lowest)

# %%
deep("selu with AlphaDropout(0.1)", drop=AlphaDropout)

# %% [markdown]
# ## Does it learn?
#
# 50 layers of 16 units, two moons, no normalisation layers, no shortcuts. Guessing has a loss of 0.69.
# %% [markdown] lang="ja"
# ## 学習できるのか
#
# 16 ユニットの層を 50 層重ね、二つの三日月を分けます。正規化の層も近道もありません。でたらめに答えたときの損失は 0.69 です。
# %%
data = mg.datasets.moons(160)
for activation, start in (("selu", "lecun_normal"), ("relu", "lecun_normal")):
    mg.utils.set_random_seed(0)
    hidden = [Dense(16, activation, kernel_initializer=start) for _ in range(50)]
    model = mg.Sequential([*hidden, Dense(2, "softmax")])
    model.compile(mg.optimizers.SGD(0.01), "sparse_categorical_crossentropy")
    losses = model.fit(data.x_train, data.y_train, epochs=5, verbose=0).history["loss"]
    print(f"{activation} loss: {'  '.join(f'{loss:.3f}' for loss in losses)}")

# %% [markdown]
# `relu` could be helped with `he_normal` weights, as in lesson 5, and nearly everything with a layer that
# normalises. But only `selu` does it by itself. Remember the three that belong together: `selu`,
# `"lecun_normal"`, `AlphaDropout`; and inputs with mean 0 and variance 1, so that the first layers have
# nothing to repair.
# %% [markdown] lang="ja"
# `relu` も、第 5 課のように `he_normal` の重みを使えば助かりますし、正規化する層を入れればたいていのものは助かります。しかし、
# 自分の力でできるのは `selu` だけです。いっしょに使う三つを覚えておきましょう。`selu`、`"lecun_normal"`、`AlphaDropout` です。
# そして、入力を平均 0、分散 1 にしておけば、はじめの層が直すものもなくなります。
# %%
lesson.end()
