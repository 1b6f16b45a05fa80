# %% [markdown]
# # Numerics: overflow, tails, and why x and not y
#
# Mathematics has all numbers, a computer only some. A formula may be right and its program wrong: it
# overflows, or its small numbers, the **tails**, turn into 0. Forward that looks harmless. Backward, a
# slope of 0 stops all learning. In this lesson you mend three formulas.
# %% [markdown] lang="ja"
# # 数値計算: オーバーフロー、裾、なぜ y ではなく x か
#
# 数学にはすべての数がありますが、コンピュータにはその一部しかありません。式は正しくても、プログラムは間違うことが
# あります。オーバーフローしたり、小さな数（**裾**の部分）が 0 になったりするのです。順伝播では害がなさそうに見えても、
# 逆伝播で傾きが 0 になれば、学習はそこで止まります。この課では、三つの式を直します。
# %%
import math

import numpy as np

import minigrad as mg
from minigrad import learn
from minigrad.activations import log_softmax, relu, sigmoid, softplus

lesson = learn.lesson(8)

# %% [markdown]
# ## Too large
#
# `softplus` is a `relu` without the kink: $\log(1 + e^x)$.
# %% [markdown] lang="ja"
# ## 大きすぎる数
#
# `softplus` は折れ点のない `relu` で、式は $\log(1 + e^x)$ です。
# %%
mg.plot(softplus, relu)

# %%
with np.errstate(over="ignore"):
    for x in (1.0, 100.0, 1000.0, -40.0):
        naive = np.log(1 + np.exp(np.float64(x)))
        print(f"x = {x:6}  as it stands {naive:<10.4g} minigrad {softplus(np.array(x)).item():.4g}")

# %% [markdown]
# At 1000 the answer is simply 1000, but on the way there is `exp(1000)`, which no float can hold. And at
# -40 the answer is about `exp(-40)`, yet `1 + exp(-40)` is rounded to 1, and its logarithm is 0. The cure
# is to let `exp` see only numbers that are not positive, and to use `log1p`, which computes
# $\log(1 + t)$ without adding:
#
# $$\log(1 + e^x) = \max(x, 0) + \log(1 + e^{-|x|})$$
#
# **Exercise.** Write it with `math.exp`, `math.log1p` and `abs`.
# %% [markdown] lang="ja"
# 1000 での答えは 1000 そのものですが、途中に `exp(1000)` が現れ、これはどの浮動小数点数でも表せません。また、-40 での
# 答えはおよそ `exp(-40)` ですが、`1 + exp(-40)` は丸められて 1 になり、その対数は 0 です。対策は、`exp` に正の数を
# 渡さないことと、足し算をせずに $\log(1 + t)$ を計算する `log1p` を使うことです。
#
# $$\log(1 + e^x) = \max(x, 0) + \log(1 + e^{-|x|})$$
#
# **問題。** `math.exp`、`math.log1p`、`abs` を使って書いてください。


# %%
@lesson.check
def stable_softplus(x):
    # max(x, 0.0) + ...
    # ja: max(x, 0.0) + ...
    ...


# %%
for x in (1000.0, 1.0, -40.0, -700.0):
    print(f"x = {x:6}  {stable_softplus(x):.6g}")

# %% [markdown]
# ## A logarithm of a softmax
#
# A classifier computes `softmax` and then its logarithm, the loss. In two steps that goes wrong twice:
# %% [markdown] lang="ja"
# ## ソフトマックスの対数
#
# 分類では、`softmax` を計算し、その対数をとって損失とします。これを二段階に分けると、二度失敗します。
# %%
x = np.array([1000.0, 0.0, -1000.0])
with np.errstate(all="ignore"):
    e = np.exp(x)
    print("softmax as it stands    ", e / e.sum())
    e = np.exp(x - x.max())
    print("with the largest taken off", e / e.sum())
    print("its logarithm           ", np.log(e / e.sum()))
print("log_softmax of minigrad ", log_softmax(x.reshape(1, 3)).numpy()[0])

# %% [markdown]
# Taking the largest off, as in the second line, is right: softmax does not change. But the third line
# has lost the tails: -1000 became minus infinity. Take the logarithm **by hand** first:
#
# $$\log \frac{e^{x_i}}{\sum_j e^{x_j}} = x_i - \log \sum_j e^{x_j}$$
#
# **Exercise.** `x` is one row. Take its largest number off, then use that formula. The sum has at least
# one term that is 1, so its logarithm is harmless.
# %% [markdown] lang="ja"
# 二行目のように最大値を引くのは正しい方法で、ソフトマックスの値は変わりません。しかし三行目では裾が失われ、-1000 が
# 負の無限大になっています。先に**手で**対数をとっておきましょう。
#
# $$\log \frac{e^{x_i}}{\sum_j e^{x_j}} = x_i - \log \sum_j e^{x_j}$$
#
# **問題。** `x` は一行の配列です。最大値を引いてから、この式を使ってください。和には必ず 1 という項があるので、その対数は
# 安全です。


# %%
@lesson.check
def stable_log_softmax(x):
    # shifted = x - x.max()
    # ja: shifted = x - x.max()
    ...


# %%
print("yours", stable_log_softmax(np.array([1000.0, 0.0, -1000.0])))

# %% [markdown]
# ## Why x and not y
#
# The slope of a sigmoid can be had from its result: $y (1 - y)$. That is short, and PyTorch,
# TensorFlow and Keras keep only `y` for backward. Look at what it gives in float32:
# %% [markdown] lang="ja"
# ## なぜ y ではなく x なのか
#
# シグモイドの傾きは、その結果から $y (1 - y)$ と求められます。短い式なので、PyTorch、TensorFlow、Keras は逆伝播の
# ために `y` だけを残します。float32 ではどうなるでしょうか。
# %%
for value in (2.0, 8.0, 14.0, 17.0, 30.0):
    x = mg.Tensor(np.array(value, np.float32), requires_grad=True)
    y = sigmoid(x)
    y.backward()
    from_y = y.numpy() * (1 - y.numpy())
    print(f"x = {value:4}  y = {y.item():.7f}  from y {from_y:.3e}  from x {x.grad:.3e}")

# %% [markdown]
# At 30, `y` is rounded to exactly 1: the place where `x` was is forgotten, and the slope is 0. A unit
# that is wrong by a lot stands just there, and it learns nothing. Before that the digits go, one by
# one: at 17 the slope is too large by almost one half. From `x` it is exact everywhere:
#
# $$\frac{e^{-|x|}}{(1 + e^{-|x|})^2}$$
#
# minigrad keeps `x`. It costs nothing: `x` is there anyway.
#
# **Exercise.** Write the slope of the sigmoid from `x`, so that it is right in both tails.
# %% [markdown] lang="ja"
# 30 では `y` がちょうど 1 に丸められます。`x` がどこにあったのかは忘れられ、傾きは 0 になります。大きく間違っている
# ユニットはまさにそこにいるのに、何も学習できません。その手前でも桁は一つずつ失われ、17 では傾きが五割近く大きくなっています。
# `x` から計算すれば、どこでも正確です。
#
# $$\frac{e^{-|x|}}{(1 + e^{-|x|})^2}$$
#
# minigrad は `x` のほうを残します。`x` はもともとあるので、余分な費用はかかりません。
#
# **問題。** 両側の裾で正しくなるように、シグモイドの傾きを `x` から計算してください。


# %%
@lesson.check
def sigmoid_slope(x):
    # e = math.exp(-abs(x))
    # ja: e = math.exp(-abs(x))
    ...


# %%
for x in (-700.0, -40.0, 0.0, 40.0, 700.0):
    y = 1 / (1 + math.exp(-x))
    print(f"x = {x:6}  from y {y * (1 - y):.3e}  yours {sigmoid_slope(x):.3e}")

# %% [markdown]
# ## One step instead of two
#
# The same holds for losses. `log(sigmoid(x))` in two steps breaks the gradient, `log_sigmoid(x)` in one
# step keeps it. Here the label says yes and the network says no, as firmly as it can:
# %% [markdown] lang="ja"
# ## 二段階ではなく一段階で
#
# 損失でも同じことがいえます。`log(sigmoid(x))` と二段階で計算すると勾配が壊れますが、`log_sigmoid(x)` と一段階で
# 計算すれば正しく求まります。次の例では、正解は「はい」なのに、ネットワークは強く「いいえ」と答えています。
# %%
for name, f in (
    ("log(sigmoid(x))", lambda x: mg.ops.log(sigmoid(x))),
    ("log_sigmoid(x)", mg.activations.log_sigmoid),
):
    x = mg.Tensor(np.array(-120.0, np.float32), requires_grad=True)
    with np.errstate(all="ignore"):
        loss = -f(x)
        loss.backward()
    print(f"{name:16} loss {loss.item():<8.4g} gradient {x.grad}")

# %% [markdown]
# That is what `from_logits=True` in a loss is for. Three rules to take home: give `exp` only numbers that
# are not positive; take logarithms by hand before the computer does; compute slopes from `x`, not from
# `y`.
# %% [markdown] lang="ja"
# 損失の `from_logits=True` は、このためにあります。覚えておきたい決まりは三つです。`exp` には正の数を渡さないこと。
# 対数は、コンピュータより先に手でとること。傾きは `y` ではなく `x` から計算すること。
# %%
lesson.end()
