# %% [markdown]
# # selu: 自分で大きさを保つネットワーク
#
# [第 5 課](05_vanishing.ipynb)では、重みの初期値がちょうどよいときだけ、数の大きさが保たれました。`selu` はもっとよいことをします。50 層の深さになっても、**どの層でも**数を平均 0、分散 1 に引き戻すのです。この課では、`selu` の二つの不思議な定数を自分で見つけ、そのあとでこの仕組みを壊してみます。

# %%
from statistics import NormalDist

import numpy as np

import minigrad as mg
from minigrad import learn
from minigrad.activations import elu, relu, selu, tanh
from minigrad.activations.exponentials import SELU_ALPHA, SELU_SCALE
from minigrad.layers import AlphaDropout, Dense, Dropout

lesson = learn.lesson(11, lang="ja")
mg.plot(selu, elu, relu)


# %% [markdown]
# ## 層は数に何をするか
#
# 層に入る数の平均が 0、分散が 1 だとします。一つのユニットは、数と重みの積を `inputs` 個足し合わせます。重みの平均が 0、分散が $s^2$ なら、和の平均は 0、分散は $s^2 \cdot \text{inputs}$ です。ここでは何も捨てません。活性化関数はこのあとです。
#
# **問題。** 重みの標準偏差 $s$ がいくつなら、分散が 1 のままになりますか（LeCun et al. 1998）。

# %%
@lesson.check
def lecun_stddev(inputs):
    # s**2 * inputs = 1 を s について解く
    ...


# %% [markdown]
# ## 1.6733 と 1.0507 はどこから来るのか
#
# すると、和 `z` は、平均 0、分散 1 の正規分布におおよそ従います。活性化関数はそれをどう変えるでしょうか。そのような数を2000 個、偏りなく並べて調べます。

# %%
normal = NormalDist()
z = np.array([normal.inv_cdf((k + 0.5) / 2000) for k in range(2000)])
for name, f in {"z itself": np.array, "relu": relu, "tanh": tanh, "elu": elu, "selu": selu}.items():
    y = np.asarray(f(z))
    print(f"{name:8}  mean {y.mean():6.3f}   variance {y.var():.3f}")


# %% [markdown]
# `selu` では、平均 0、分散 1 がそのまま戻ってきます。`selu` は、そうなるように二つの数を選んだ `elu` です。
#
# 1. `alpha` は、負の部分を正の部分とつり合わせて、平均を 0 にします。
# 2. 次に `scale` が全体を引き伸ばして、分散を 1 にします。
#
# **問題。** 二つとも求めてください。`z` の正の部分は `np.maximum(z, 0)`、elu の負の部分は`alpha * np.expm1(np.minimum(z, 0))` です。まず、二つの平均の和が 0 になるように `alpha` を選び、そのあとで `scale` を選びます。

# %%
@lesson.check
def selu_constants(z):
    # 二つの平均をつり合わせる。.mean()、.var()、** 0.5 が使える。alpha, scale の順に返す
    ...


# %%
alpha, scale = (float(number) for number in selu_constants(z))
print(f"yours:     alpha {alpha:.4f}, scale {scale:.4f}")
print(f"the paper: alpha {SELU_ALPHA:.4f}, scale {SELU_SCALE:.4f}")

# %% [markdown]
# ## 50 層の深さ
#
# では、数の平均と分散がまだ 0 と 1 でないときはどうでしょうか。層を通るたびに、少しずつ引き寄せられます。分散を見てください。`|` のところが 1、`-` は 0.1 しかなく、`+` は 10 です。

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
# これが**自己正規化**です。どの層も何かを測ったりはしません。平均 0、分散 1 が、引き寄せる固定点になっているのです。
#
# ## 何が壊すのか
#
# この約束には条件があります。重みが `LecunNormal` で初期化され、途中に平均や分散を崩すものがないことです。まず予想して、それから見てみましょう。

# %%
deep("selu with the weights of relu, HeNormal", start=mg.initializers.HeNormal)
deep("relu with the weights of selu", activation="relu")
deep("selu with Dropout(0.1)", drop=Dropout)

# %% [markdown]
# 大きすぎる重みには勝てません。`selu` が引き戻しても、層を通るたびにそれ以上に押し広げられます。`relu` は毎回分散を小さくし、固定点は 0 しかありません。`Dropout` は数を 0 に置き換えるので、どの層でも分散が増えます。`selu` はそれを抑えますが、落ち着く値が高すぎます。
#
# `selu` には `AlphaDropout` があります。0 ではなく、`selu` がとりうる最も低い値に置き換えるのです。非常に小さい負の入力でユニットが切られたかのように見えます。そのあとで、平均と分散を直します。
#
# **問題。** それはいくつですか。`x` が 0 よりずっと小さいとき、`selu` はどこに行き着きますか。3 桁以上で答えてください。

# %%
lowest = ...
lesson.check(lowest=lowest)

# %%
deep("selu with AlphaDropout(0.1)", drop=AlphaDropout)

# %% [markdown]
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
# `relu` も、第 5 課のように `he_normal` の重みを使えば助かりますし、正規化する層を入れればたいていのものは助かります。しかし、自分の力でできるのは `selu` だけです。いっしょに使う三つを覚えておきましょう。`selu`、`"lecun_normal"`、`AlphaDropout` です。そして、入力を平均 0、分散 1 にしておけば、はじめの層が直すものもなくなります。

# %%
lesson.end()
