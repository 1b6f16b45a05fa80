# %% [markdown]
# # Your own activation, end to end
#
# You have met formulas, slopes, kinks, checks, exact digits, layers and kernels. Now all of it at once:
# an activation that is in no library. You write **one formula and one slope**, and everything else
# follows. That is the promise of minigrad: one formula, declared once.
# %% [markdown] lang="ja"
# # 自分の活性化関数を最初から最後まで
#
# これまでに、式、傾き、折れ点、検査、正確な桁、層、カーネルを学びました。今度はそのすべてを一度に使って、どのライブラリにも
# ない活性化関数を作ります。書くのは**一つの式と一つの傾き**だけで、残りはすべてそこから出てきます。式は一度だけ宣言する。
# これが minigrad の約束です。
# %%
from fractions import Fraction

import numpy as np

import minigrad as mg
from minigrad import learn
from minigrad.layers import Dense

lesson = learn.lesson(13)

# %% [markdown]
# ## The idea
#
# `leaky_relu` lets a little through below 0, but without end: the output for -1000 is large again. `elu`
# ends at `-alpha`, but needs `exp`. Let us take something between: below 0 a curve that ends at
# `-alpha` and needs no more than a division.
#
# $$y = x \text{ for } x > 0, \quad \frac{\alpha x}{1 - x} \text{ otherwise}$$
#
# We call it `soft_leak`.
#
# **Exercise.** Write its slope. Below 0 it is a quotient $u / v$, with the slope
# $(u' v - u v') / v^2$. It becomes shorter than you fear.
# %% [markdown] lang="ja"
# ## 考え方
#
# `leaky_relu` は 0 より下でも少しだけ通しますが、終わりがありません。-1000 での出力は、また大きな値になります。`elu` は
# `-alpha` で終わりますが、`exp` が必要です。その間をとりましょう。0 より下では `-alpha` で終わり、割り算だけで計算できる
# 曲線です。
#
# $$y = x \text{ for } x > 0, \quad \frac{\alpha x}{1 - x} \text{ otherwise}$$
#
# これを `soft_leak` と呼ぶことにします。
#
# **問題。** その傾きを書いてください。0 より下では商 $u / v$ なので、傾きは $(u' v - u v') / v^2$ です。心配するより短い式に
# なります。


# %%
@lesson.check
def soft_leak_slope(x, alpha):
    # two branches
    # ja: 場合が二つある
    ...


# %%
for x in (-9.0, -1.0, 0.0, 2.0):
    print(f"x = {x:4}   slope {float(soft_leak_slope(x, 0.5)):.3f}")

# %% [markdown]
# ## The kink
#
# At 0 both branches have the value 0. And the slopes?
#
# **Exercise.** For `alpha = 0.5`: how steep is the curve just to the left of 0, and just to the right?
# Write both, as `(left, right)`.
# %% [markdown] lang="ja"
# ## 折れ点
#
# 0 では、どちらの枝も値が 0 です。では、傾きはどうでしょうか。
#
# **問題。** `alpha = 0.5` のとき、0 のすぐ左とすぐ右で、曲線の傾きはそれぞれいくつですか。二つを `(left, right)` の順に書いて
# ください。
# %%
sides = ...
lesson.check(sides=sides)

# %% [markdown]
# They differ, so 0 is a kink, and it is declared: `kinks=[0.0]`. On the kink itself the rule `x > 0`
# decides for the left side, in the formula as in the slope ([lesson 4](04_kinks.ipynb)).
#
# ## Declare it
#
# **Exercise.** Fill in the formula and the slope, for one number, as in [lesson 6](06_prelu.ipynb).
# `alpha` is a plain number here, with a default; it is not learned.
# %% [markdown] lang="ja"
# 二つは違うので、0 は折れ点です。これを `kinks=[0.0]` と宣言します。折れ点の上では、式でも傾きでも、`x > 0` の条件によって
# 左側が選ばれます（[第 4 課](04_kinks.ipynb)）。
#
# ## 宣言する
#
# **問題。** [第 6 課](06_prelu.ipynb)と同じように、一つの数について式と傾きを書いてください。ここでの `alpha` は既定値を
# もつただの数で、学習はしません。


# %%
@mg.elementwise(kinks=[0.0])
def soft_leak(x, alpha=0.5):
    """Soft leak: x for x > 0, alpha x / (1 - x) otherwise."""
    ...


@soft_leak.partial("x")
def dsoft_leak_dx(x, alpha):
    # the slope
    # ja: 傾き
    ...


soft_leak = lesson.check(soft_leak=soft_leak)

# %% [markdown]
# That was all the writing. Now look at it, with its slope below, and move `alpha`:
# %% [markdown] lang="ja"
# 書くのはこれで終わりです。下に傾きの付いたグラフを見てみましょう。`alpha` を変えてみます。
# %%
mg.plot(soft_leak, alpha=[0.25, 0.5, 1.0])

# %% [markdown]
# ## Prove it
#
# First the slopes: `gradcheck` compares with differences, and knows the kink.
# %% [markdown] lang="ja"
# ## 証明する
#
# まず傾きです。`gradcheck` は差分と比べ、折れ点のこともわかっています。
# %%
print(mg.gradcheck(soft_leak, [-3.0, -0.5, 0.0, 2.0], alpha=0.5))

# %% [markdown]
# Then the values. There are two ways to write the lower branch, and on paper they are equal:
# $\alpha x / (1 - x)$ and $\alpha / (1 - x) - \alpha$. Which one keeps its digits? For that we need the
# truth. The formula has only sums, products and a quotient, so Python's fractions compute it **without
# any rounding**. A fraction knows what really stands in the computer:
# %% [markdown] lang="ja"
# 次に値です。下の枝には二つの書き方があり、紙の上では等しくなります。$\alpha x / (1 - x)$ と $\alpha / (1 - x) - \alpha$ です。
# 桁が失われないのはどちらでしょうか。それを知るには、本当の値が必要です。この式には和と積と商しかないので、Python の分数を
# 使えば**まったく丸めずに**計算できます。分数にすると、コンピュータの中に本当は何があるのかもわかります。
# %%
print(f"0.1 is {Fraction(0.1)}")

# %% [markdown]
# **Exercise.** Write the value of soft leak exactly: turn `x` and `alpha` into fractions first, compute,
# and round once, at the end, with `float`.
# %% [markdown] lang="ja"
# **問題。** soft leak の値を正確に求めてください。まず `x` と `alpha` を分数に直して計算し、最後に一度だけ `float` で丸めます。


# %%
@lesson.check
def exact(x, alpha):
    # x, alpha = Fraction(x), Fraction(alpha)
    # ja: x, alpha = Fraction(x), Fraction(alpha)
    ...


# %%
print("x         alpha x / (1 - x)   alpha / (1 - x) - alpha")
for x in (-1e-12, -1e-6, -1.0, -1e6):
    true = float(exact(x, 0.5))
    errors = [0.5 * x / (1 - x) / true - 1, (0.5 / (1 - x) - 0.5) / true - 1]
    print(f"{x:6.0e}    error {errors[0]:9.1e}     error {errors[1]:9.1e}")

# %% [markdown]
# Near 0 the second way subtracts two nearly equal numbers and loses its digits, as in
# [lesson 8](08_numerics.ipynb). We have declared the first one. What does the **kernel** make of it? Here
# are 2000 numbers of all sizes, in float32:
# %% [markdown] lang="ja"
# 0 の近くでは、二つ目の書き方はほとんど等しい数どうしの引き算になり、[第 8 課](08_numerics.ipynb)と同じように桁が失われます。
# 宣言したのは一つ目のほうです。では、**カーネル**の結果はどうでしょうか。いろいろな大きさの数 2000 個を float32 で試します。
# %%
rng = np.random.default_rng(0)
sizes = 10.0 ** rng.uniform(-12, 12, 2000)
numbers = (sizes * rng.choice([-1, 1], 2000)).astype(np.float32)
computed = np.asarray(soft_leak(numbers))
true = np.array([float(exact(float(x), 0.5)) for x in numbers]).astype(np.float32)
print(f"{np.sum(computed != true)} of {len(true)} differ from the exact value, rounded")

# %% [markdown]
# ## Train it
#
# In a layer it stands where a name stood before. The two moons, 3 seeds each, as honestly as in
# [lesson 10](10_compare.ipynb):
# %% [markdown] lang="ja"
# ## 学習させる
#
# 層の中では、これまで名前を書いていたところに置くだけです。二つの三日月を、[第 10 課](10_compare.ipynb)のように公平に、
# シード 3 個ずつで試します。
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
# ## One formula, declared once
#
# Count what you have written: a formula and a slope. And what you got: a place in the graph and its
# backward step, arrays of any shape, the plot, the check, a layer, and machine code. Its documentation,
# too, with an example that was computed:
# %% [markdown] lang="ja"
# ## 式は一度だけ宣言する
#
# 書いたものを数えてみましょう。式が一つ、傾きが一つです。得られたものは、計算グラフの中の場所と逆伝播、どんな形の配列でも
# 使えること、グラフの図、検査、層、そして機械語です。説明書きも、実際に計算した例とともに付いてきます。
# %%
help(soft_leak)

# %% [markdown]
# You have come from a number and its graph to an activation of your own, proven and compiled. What
# next?
#
# - Look into your loop with `mg.kernel(soft_leak)`, as in [lesson 9](09_kernels.ipynb).
# - Make `alpha` learned: `inputs=2`, and one more slope.
# - Invent one: `minigrad list` shows those that there are, `minigrad check` proves them all.
# - Read on in the order of `minigrad/__init__.py`. There is no file that you could not read now.
# %% [markdown] lang="ja"
# 一つの値とその計算グラフから始めて、証明され、コンパイルされた自分の活性化関数までたどり着きました。次は何をしましょうか。
#
# - [第 9 課](09_kernels.ipynb)のように、`mg.kernel(soft_leak)` で自分のループの中をのぞいてみる。
# - `alpha` を学習するようにする。`inputs=2` として、傾きをもう一つ書きます。
# - 新しいものを考え出す。どんなものがあるかは `minigrad list` で見られ、`minigrad check` がそのすべてを検査します。
# - `minigrad/__init__.py` に書かれた順に、先を読んでいく。もう読めないファイルはありません。
# %%
lesson.end()
