# %% [markdown]
# # 学習する活性化関数: PReLU
#
# `leaky_relu` は負の数に 0.2 を掛けます。なぜ 0.2 なのでしょうか。**PReLU** は決めつけません。傾き `alpha` を、重みと同じように学習します。そのためには、逆伝播で `alpha` の勾配も求める必要があります。この課では、まずそれを手で書き、次に PReLU を宣言して、残りを機械に任せます。

# %%
import numpy as np

import minigrad as mg
from minigrad import learn
from minigrad.activations import prelu

lesson = learn.lesson(6, lang="ja")
mg.plot(prelu, alpha=[-0.5, 0.0, 0.25, 1.0])


# %% [markdown]
# ## 入力が二つ、傾きも二つ
#
# $$\text{prelu}(x, \alpha) = x \text{ for } x > 0, \quad \alpha x \text{ otherwise}$$
#
# 正の数はそのまま通し、それ以外には $\alpha$ を掛けます。`alpha` を二つ目の入力と考えましょう。`alpha` が少し動くと、結果はどれだけ動くでしょうか。`x > 0` のところでは、`alpha` が何であっても関係ありません。
#
# **問題。** `x` に関する傾き、`alpha` に関する傾きの順に返してください。折れ点 `x = 0` では、[第 4 課](04_kinks.ipynb)と同じく下側の枝を使います。

# %%
@lesson.check
def prelu_slopes(x, alpha):
    # x > 0 のときの二つの傾きと、それ以外のときの二つの傾き
    ...


# %%
for number in (-3.0, -1.0, 2.0):
    dx, dalpha = prelu_slopes(number, 0.25)
    print(f"x = {number:4}: the slope for x is {dx:g}, for alpha {dalpha:g}")


# %% [markdown]
# ## 一つの alpha、多くのデータ
#
# 層にはデータがたくさん流れますが、`alpha` はユニットごとに**一つ**しかありません。下の例では、データが 3 個（行）、ユニットが 2 個（列）です。あるユニットの `alpha` が動くと、そのユニットのすべてのデータの結果が動き、それぞれを通って損失も動きます。第 1 課で、一つの値が何か所でも使われたときと同じで、その分を**足し合わせ**ます。つまり`alpha` の勾配は、バッチ全体についての和です。
#
# $$g_\alpha = \sum_{\text{examples}} g_y \cdot \frac{\partial y}{\partial \alpha}$$
#
# それぞれの `x` は一度しか使われないので、`x` の勾配に和は要りません。
#
# **問題。** `x` と `gy` は行がデータに、`alpha` は一つ一つの数がユニットに対応します。`x` と同じ形の `gx` と、`alpha` と同じ形の `galpha` を返してください。

# %%
@lesson.check
def prelu_backward(x, alpha, gy):
    # np.where(x > 0, これ, あれ) は要素ごとに選び、.sum(axis=0) は行を足し合わせる
    ...


# %%
x = np.array([[-2.0, 1.0], [0.5, -1.0], [-3.0, -0.5]])
alpha = np.array([0.25, 0.25])
gx, galpha = prelu_backward(x, alpha, np.ones((3, 2)))
print("gx", gx.tolist())
print("galpha", galpha)

# %% [markdown]
# 第 1 課と同じように確かめてみましょう。一つ目の `alpha` を少し動かすと、結果の合計はどれだけ動くでしょうか。

# %%
nudge = np.array([0.001, 0.0])


def total(alpha):
    return np.where(x > 0, x, alpha * x).sum()


print("by nudging", round((total(alpha + nudge) - total(alpha)) / 0.001, 6), "by hand", galpha[0])

# %% [markdown]
# ## 学習させる
#
# `wanted` は、誰かが、私たちの知らない二つの傾きを使って作った数です。0 から始めて、二乗誤差の勾配を計算し、その逆の向きに一歩進むことを繰り返します。

# %%
rng = np.random.default_rng(0)
given = rng.standard_normal((100, 2))
wanted = np.where(given > 0, given, [0.3, -0.6] * given)
learned = np.zeros(2)
for step in range(25):
    error = np.where(given > 0, given, learned * given) - wanted
    learned = learned - 0.2 * prelu_backward(given, learned, 2 * error / len(given))[1]
    if step % 6 == 0:
        print(f"step {step:2}  alpha {learned.round(3)}  squared error {np.mean(error**2):.2e}")


# %% [markdown]
# ## 宣言で書く
#
# minigrad では、**一つの数**について成り立つことだけを書きます。式と、それぞれの入力に関する傾きです。`inputs=2` は、`x` と `alpha` のどちらもテンソルで、勾配が必要だという意味です。`kinks=[0.0]` は折れ点の場所です。ループ、配列の形、計算グラフ、バッチについての和は、自動的に用意されます。
#
# **問題。** PReLU を宣言してください。式と二つの傾きを書きます。ここには配列も `gy` も和も出てきません。

# %%
@mg.elementwise(inputs=2, kinks=[0.0])
def my_prelu(x, alpha):
    """PReLU: x for x > 0, alpha x otherwise."""
    ...


@my_prelu.partial("x")
def dmy_prelu_dx(x, alpha):
    # x に関する傾き
    ...


@my_prelu.partial("alpha")
def dmy_prelu_dalpha(x, alpha):
    # alpha に関する傾き
    ...


my_prelu = lesson.check(my_prelu=my_prelu)

# %% [markdown]
# もう一度、同じ 3 個のデータで計算します。`explain` は、`alpha` の勾配がその写し（copies）について足し合わされることを説明しています。

# %%
inputs = mg.Tensor(x, requires_grad=True, name="x")
slopes = mg.Tensor(alpha, requires_grad=True, name="alpha")
y = my_prelu(inputs, slopes)
loss = y.sum()
loss.backward()
print(mg.explain(loss, y=y, loss=loss))
mg.draw(loss, y=y, loss=loss)

# %% [markdown]
# 信じるのではなく、確かめましょう。`gradcheck` は、傾きを差分と比べてくれます。

# %%
print(mg.gradcheck(my_prelu, [-1.0, 0.0, 2.0], [0.25, -0.5, 2.0]))

# %% [markdown]
# ## ネットワークの中で
#
# 層 `PReLU` は、自分の `alpha` をユニットごとに一つ持ち、重みといっしょに学習します。はじめは `relu` と同じ 0 ですが、データに合った値に落ち着きます。

# %%
mg.utils.set_random_seed(0)
data = mg.datasets.moons(400)
layer = mg.layers.PReLU()
model = mg.Sequential([mg.layers.Dense(8), layer, mg.layers.Dense(2, "softmax")])
model.compile(mg.optimizers.Adam(0.02), "sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(data.x_train, data.y_train, epochs=30, verbose=0).history
print("accuracy", round(history["accuracy"][-1], 3))
print("alpha", np.asarray(layer.alpha).round(2))

# %%
lesson.end()
