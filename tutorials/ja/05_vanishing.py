# %% [markdown]
# # 勾配消失と死んだユニット
#
# 逆伝播では、勾配に傾きが次々に掛けられていきます。傾きが小さければ勾配も小さくなり、傾きが 0 ならそこで終わりです。どちらの場合も、前のほうの層には何も届かず、学習が進みません。この課では、この二つが起きる様子と、その対策を見ていきます。

# %%
import warnings

import numpy as np

import minigrad as mg
from minigrad import learn
from minigrad.activations import relu, sigmoid
from minigrad.callbacks import Monitor
from minigrad.layers import Dense

lesson = learn.lesson(5, lang="ja")

# %% [markdown]
# ## シグモイドを重ねる
#
# 一つの数をシグモイドに 3 回通して、勾配を右から左へ見ていきましょう。

# %%
x = mg.Tensor(0.0, requires_grad=True, name="x")
y = sigmoid(sigmoid(sigmoid(x)))
y.backward()
mg.draw(y, y=y)


# %% [markdown]
# シグモイドの傾きは大きくても 0 のところでの 0.25 で、ほかではもっと小さくなります。[第 3 課](03_activations.ipynb)の最後の答えがそれでした。ですから、1 だった勾配がどれだけ残るかには限りがあります。
#
# **問題。** シグモイドをいくつか通ったあと、1 だった勾配は最大でどれだけ残りますか。

# %%
@lesson.check
def most_left(sigmoids):
    # sigmoids はその個数です: 1, 2, 3, ...
    ...


# %%
for sigmoids in (1, 3, 10, 30):
    x = mg.Tensor(0.0, requires_grad=True)
    y = x
    for _ in range(sigmoids):
        y = sigmoid(y)
    y.backward()
    print(f"{sigmoids:2} sigmoids: at most {most_left(sigmoids):.1e}, at x = 0 {x.grad:.1e}")

# %% [markdown]
# ## ネットワーク全体では
#
# 活性化関数の間には重みがあるので、重みが埋め合わせてくれるかもしれません。実際はどうでしょうか。次は、重みをふつうの方法で初期化した 10 層のネットワークの、各層の勾配の大きさです。`#` 一つが 2 倍を表します。

# %%
rng = np.random.default_rng(0)
examples = rng.standard_normal((100, 64))
ends = rng.standard_normal((100, 64))


def gradients(activation):
    layers = [
        Dense(64, activation, kernel_initializer=mg.initializers.HeNormal(seed=k))
        for k in range(10)
    ]
    h = mg.Tensor(examples)
    for layer in layers:
        h = layer(h)
    (h * ends).sum().backward()
    return [float(np.abs(layer.kernel.grad).mean()) for layer in layers]


for activation in ("sigmoid", "relu"):
    for k, size in enumerate(gradients(activation), 1):
        print(f"{activation:8} layer {k:2} {size:8.1e} {'#' * int(max(np.log2(size) + 22, 0))}")

# %% [markdown]
# シグモイドでは、一層さかのぼるごとに勾配がおよそ 1/3 になります。これが**勾配消失**です。最初の層に届く勾配は、最後の層の数万分の一しかありません。`relu` では大きさがほとんど変わりません。働いているところでの傾きがちょうど 1 だからです。そのため、学習も進みます。

# %%
data = mg.datasets.moons(400)
for activation in ("sigmoid", "relu"):
    mg.utils.set_random_seed(0)
    layers = [Dense(32, activation, kernel_initializer="he_normal") for _ in range(8)]
    model = mg.Sequential([*layers, Dense(2, "softmax")])
    optimizer = mg.optimizers.SGD(0.1)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(data.x_train, data.y_train, epochs=10, verbose=0).history
    print(f"{activation:8} accuracy after 10 epochs: {history['accuracy'][-1]:.2f}")


# %% [markdown]
# クラスの数は 2 なので、でたらめに答えても半分は当たります。
#
# ## 重みの初期値
#
# 傾きが 1 でも、重みが小さすぎたり大きすぎたりしては役に立ちません。一つのユニットは `inputs` 個の積を足し合わせます。重みの標準偏差を $s$ とすると、出力の二乗の平均は、入力の二乗の平均の $s^2 \cdot \text{inputs}$ 倍になり、さらに `relu` がその**半分**を捨てます。これらの倍率の積が 1 になれば、値も勾配も同じ大きさに保たれます。
#
# **問題。** そうなる標準偏差はいくつですか（He et al. 2015）。

# %%
@lesson.check
def he_stddev(inputs):
    # s**2 * inputs / 2 = 1 を s について解く
    ...


# %%
for name, stddev in (("0.05", 0.05), ("he", he_stddev(64)), ("0.5", 0.5)):
    h = rng.standard_normal((100, 64))
    for _ in range(20):
        h = np.maximum(h @ rng.normal(0.0, stddev, (64, 64)), 0.0)
    print(f"standard deviation {name:>4}: after 20 layers the numbers are about {h.std():.1e}")

# %% [markdown]
# これが `kernel_initializer="he_normal"` です。0 の近くで何も捨てない `tanh` や `sigmoid` には、既定値の`"glorot_uniform"` があります。
#
# ## 死んだユニット
#
# `relu` には別の危険があります。入力が負のところでは傾きが 0 なのです。次の図では、重みが `w` のユニットに、入力 2 が与えられています。

# %%
w = mg.Tensor(-1.5, requires_grad=True, name="w")
z = w * 2.0
y = relu(z)
y.backward()
mg.draw(y, z=z, y=y)

# %% [markdown]
# `w` の勾配は 0 なので、`w` は動きません。**すべての**データについてこうなると、そのユニットは**死んで**います。出力はいつも 0 で、二度と学習しません。`leaky_relu` なら少しだけ勾配が通ります。
#
# **問題。** `w = -1.5`、入力 2 のまま、`relu` を傾き 0.2 の `leaky_relu` に取り換えます。`w` の勾配はいくつですか。

# %%
gradient_of_w = ...
lesson.check(gradient_of_w=gradient_of_w)


# %% [markdown]
# ## 数えてみる
#
# **問題。** `y` は relu の層の出力で、行がデータ、列がユニットです。死んだユニットの割合、つまり、どの行でも 0 である列の割合を返してください。

# %%
@lesson.check
def dead_share(y):
    # y == 0 は True と False の配列です
    ...


# %% [markdown]
# `Monitor` は、学習の間にこれを数えてくれます。学習率が大きすぎると、一度の更新で多くのユニットがデータの届かないところへ飛ばされ、二度と戻りません。

# %%
for activation, rate in (("relu", 0.1), ("relu", 1.0), ("leaky_relu", 0.1)):
    mg.utils.set_random_seed(0)
    hidden = Dense(32, activation, kernel_initializer="he_normal", name="hidden")
    model = mg.Sequential([hidden, Dense(32, activation), Dense(2, "softmax")])
    optimizer = mg.optimizers.SGD(rate, momentum=0.9)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    monitor = Monitor(data.x_train)
    with warnings.catch_warnings():  # the monitor warns too
        # ja: monitor は警告も出す
        warnings.simplefilter("ignore")
        model.fit(data.x_train, data.y_train, epochs=6, verbose=0, callbacks=monitor)
    dead = [record["dead"] for record in monitor.records if record["layer"] == "hidden"]
    mine = dead_share(np.asarray(hidden(data.x_train)))
    print(
        f"{activation:10} rate {rate}: dead {' '.join(f'{d:.2f}' for d in dead)}, you: {mine:.2f}"
    )
    for text in monitor.warnings:
        print("  ", text)

# %% [markdown]
# 対策は、学習率を小さくすること、重みをうまく初期化すること、そして 0 で終わらない活性化関数を使うことです。しかし、0 より下の傾きが 0.2 でよいと誰が決めたのでしょうか。次の課では、それも学習します。

# %%
lesson.end()
