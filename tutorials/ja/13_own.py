# %% [markdown]
# # 自分の活性化関数を最初から最後まで
#
# これまでに、式、傾き、折れ点、検査、正確な桁、層、カーネルを学びました。今度はそのすべてを一度に使って、どのライブラリにもない活性化関数を作ります。書くのは**一つの式と一つの傾き**だけで、残りはすべてそこから出てきます。式は一度だけ宣言する。これが minigrad の約束です。

# %%
from fractions import Fraction

import numpy as np

import minigrad as mg
from minigrad import learn
from minigrad.layers import Dense

lesson = learn.lesson(13, lang="ja")


# %% [markdown]
# ## 考え方
#
# `leaky_relu` は 0 より下でも少しだけ通しますが、終わりがありません。-1000 での出力は、また大きな値になります。`elu` は`-alpha` で終わりますが、`exp` が必要です。その間をとりましょう。0 より下では `-alpha` で終わり、割り算だけで計算できる曲線です。
#
# $$y = x \text{ for } x > 0, \quad \frac{\alpha x}{1 - x} \text{ otherwise}$$
#
# これを `soft_leak` と呼ぶことにします。
#
# **問題。** その傾きを書いてください。0 より下では商 $u / v$ なので、傾きは $(u' v - u v') / v^2$ です。心配するより短い式になります。

# %%
@lesson.check
def soft_leak_slope(x, alpha):
    # 場合が二つある
    ...


# %%
for x in (-9.0, -1.0, 0.0, 2.0):
    print(f"x = {x:4}   slope {float(soft_leak_slope(x, 0.5)):.3f}")

# %% [markdown]
# ## 折れ点
#
# 0 では、どちらの枝も値が 0 です。では、傾きはどうでしょうか。
#
# **問題。** `alpha = 0.5` のとき、0 のすぐ左とすぐ右で、曲線の傾きはそれぞれいくつですか。二つを `(left, right)` の順に書いてください。

# %%
sides = ...
lesson.check(sides=sides)


# %% [markdown]
# 二つは違うので、0 は折れ点です。これを `kinks=[0.0]` と宣言します。折れ点の上では、式でも傾きでも、`x > 0` の条件によって左側が選ばれます（[第 4 課](04_kinks.ipynb)）。
#
# ## 宣言する
#
# **問題。** [第 6 課](06_prelu.ipynb)と同じように、一つの数について式と傾きを書いてください。ここでの `alpha` は既定値をもつただの数で、学習はしません。

# %%
@mg.elementwise(kinks=[0.0])
def soft_leak(x, alpha=0.5):
    """Soft leak: x for x > 0, alpha x / (1 - x) otherwise."""
    ...


@soft_leak.partial("x")
def dsoft_leak_dx(x, alpha):
    # 傾き
    ...


soft_leak = lesson.check(soft_leak=soft_leak)

# %% [markdown]
# 書くのはこれで終わりです。下に傾きの付いたグラフを見てみましょう。`alpha` を変えてみます。

# %%
mg.plot(soft_leak, alpha=[0.25, 0.5, 1.0])

# %% [markdown]
# ## 証明する
#
# まず傾きです。`gradcheck` は差分と比べ、折れ点のこともわかっています。

# %%
print(mg.gradcheck(soft_leak, [-3.0, -0.5, 0.0, 2.0], alpha=0.5))

# %% [markdown]
# 次に値です。下の枝には二つの書き方があり、紙の上では等しくなります。$\alpha x / (1 - x)$ と $\alpha / (1 - x) - \alpha$ です。桁が失われないのはどちらでしょうか。それを知るには、本当の値が必要です。この式には和と積と商しかないので、Python の分数を使えば**まったく丸めずに**計算できます。分数にすると、コンピュータの中に本当は何があるのかもわかります。

# %%
print(f"0.1 is {Fraction(0.1)}")


# %% [markdown]
# **問題。** soft leak の値を正確に求めてください。まず `x` と `alpha` を分数に直して計算し、最後に一度だけ `float` で丸めます。

# %%
@lesson.check
def exact(x, alpha):
    # x, alpha = Fraction(x), Fraction(alpha)
    ...


# %%
print("x         alpha x / (1 - x)   alpha / (1 - x) - alpha")
for x in (-1e-12, -1e-6, -1.0, -1e6):
    true = float(exact(x, 0.5))
    errors = [0.5 * x / (1 - x) / true - 1, (0.5 / (1 - x) - 0.5) / true - 1]
    print(f"{x:6.0e}    error {errors[0]:9.1e}     error {errors[1]:9.1e}")

# %% [markdown]
# 0 の近くでは、二つ目の書き方はほとんど等しい数どうしの引き算になり、[第 8 課](08_numerics.ipynb)と同じように桁が失われます。宣言したのは一つ目のほうです。では、**カーネル**の結果はどうでしょうか。いろいろな大きさの数 2000 個を float32 で試します。

# %%
rng = np.random.default_rng(0)
sizes = 10.0 ** rng.uniform(-12, 12, 2000)
numbers = (sizes * rng.choice([-1, 1], 2000)).astype(np.float32)
computed = np.asarray(soft_leak(numbers))
true = np.array([float(exact(float(x), 0.5)) for x in numbers]).astype(np.float32)
print(f"{np.sum(computed != true)} of {len(true)} differ from the exact value, rounded")

# %% [markdown]
# ## 学習させる
#
# 層の中では、これまで名前を書いていたところに置くだけです。二つの三日月を、[第 10 課](10_compare.ipynb)のように公平に、シード 3 個ずつで試します。

# %%
data = [mg.datasets.moons(300, seed=seed) for seed in range(3)]


def accuracy(activation, seed):
    x_train, y_train, x_test, y_test = data[seed]
    hidden = [Dense(16, activation, seed=[seed, k]) for k in (0, 1)]
    model = mg.Sequential([*hidden, Dense(2, "softmax", seed=[seed, 2])])
    model.compile(mg.optimizers.Adam(0.02), "sparse_categorical_crossentropy")
    model.fit(x_train, y_train, epochs=8, seed=seed, verbose=0)
    return float(np.mean(np.argmax(model.predict(x_test), axis=1) == y_test))


for name, activation in {"relu": "relu", "elu": "elu", "soft_leak": soft_leak}.items():
    scores = [accuracy(activation, seed) for seed in range(3)]
    print(f"{name:10} {'  '.join(f'{score:.3f}' for score in scores)}   mean {np.mean(scores):.3f}")

# %% [markdown]
# ## 式は一度だけ宣言する
#
# 書いたものを数えてみましょう。式が一つ、傾きが一つです。得られたものは、計算グラフの中の場所と逆伝播、どんな形の配列でも使えること、グラフの図、検査、層、そして機械語です。説明書きも、実際に計算した例とともに付いてきます。

# %%
help(soft_leak)

# %% [markdown]
# 一つの値とその計算グラフから始めて、証明され、コンパイルされた自分の活性化関数までたどり着きました。次は何をしましょうか。
#
# - [第 9 課](09_kernels.ipynb)のように、`mg.kernel(soft_leak)` で自分のループの中をのぞいてみる。
# - `alpha` を学習するようにする。`inputs=2` として、傾きをもう一つ書きます。
# - 新しいものを考え出す。どんなものがあるかは `minigrad list` で見られ、`minigrad check` がそのすべてを検査します。
# - `minigrad/__init__.py` に書かれた順に、先を読んでいく。もう読めないファイルはありません。

# %%
lesson.end()
