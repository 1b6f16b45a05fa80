# %% [markdown]
# # 数値計算: オーバーフロー、裾、なぜ y ではなく x か
#
# 数学にはすべての数がありますが、コンピュータにはその一部しかありません。式は正しくても、プログラムは間違うことがあります。オーバーフローしたり、小さな数（**裾**の部分）が 0 になったりするのです。順伝播では害がなさそうに見えても、逆伝播で傾きが 0 になれば、学習はそこで止まります。この課では、三つの式を直します。

# %%
import math

import numpy as np

import minigrad as mg
from minigrad import learn
from minigrad.activations import log_softmax, relu, sigmoid, softplus

lesson = learn.lesson(8, lang="ja")

# %% [markdown]
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
# 1000 での答えは 1000 そのものですが、途中に `exp(1000)` が現れ、これはどの浮動小数点数でも表せません。また、-40 での答えはおよそ `exp(-40)` ですが、`1 + exp(-40)` は丸められて 1 になり、その対数は 0 です。対策は、`exp` に正の数を渡さないことと、足し算をせずに $\log(1 + t)$ を計算する `log1p` を使うことです。
#
# $$\log(1 + e^x) = \max(x, 0) + \log(1 + e^{-|x|})$$
#
# **問題。** `math.exp`、`math.log1p`、`abs` を使って書いてください。

# %%
@lesson.check
def stable_softplus(x):
    # max(x, 0.0) + ...
    ...


# %%
for x in (1000.0, 1.0, -40.0, -700.0):
    print(f"x = {x:6}  {stable_softplus(x):.6g}")

# %% [markdown]
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
# 二行目のように最大値を引くのは正しい方法で、ソフトマックスの値は変わりません。しかし三行目では裾が失われ、-1000 が負の無限大になっています。先に**手で**対数をとっておきましょう。
#
# $$\log \frac{e^{x_i}}{\sum_j e^{x_j}} = x_i - \log \sum_j e^{x_j}$$
#
# **問題。** `x` は一行の配列です。最大値を引いてから、この式を使ってください。和には必ず 1 という項があるので、その対数は安全です。

# %%
@lesson.check
def stable_log_softmax(x):
    # shifted = x - x.max()
    ...


# %%
print("yours", stable_log_softmax(np.array([1000.0, 0.0, -1000.0])))

# %% [markdown]
# ## なぜ y ではなく x なのか
#
# シグモイドの傾きは、その結果から $y (1 - y)$ と求められます。短い式なので、PyTorch、TensorFlow、Keras は逆伝播のために `y` だけを残します。float32 ではどうなるでしょうか。

# %%
for value in (2.0, 8.0, 14.0, 17.0, 30.0):
    x = mg.Tensor(np.array(value, np.float32), requires_grad=True)
    y = sigmoid(x)
    y.backward()
    from_y = y.numpy() * (1 - y.numpy())
    print(f"x = {value:4}  y = {y.item():.7f}  from y {from_y:.3e}  from x {x.grad:.3e}")


# %% [markdown]
# 30 では `y` がちょうど 1 に丸められます。`x` がどこにあったのかは忘れられ、傾きは 0 になります。大きく間違っているユニットはまさにそこにいるのに、何も学習できません。その手前でも桁は一つずつ失われ、17 では傾きが五割近く大きくなっています。`x` から計算すれば、どこでも正確です。
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
    ...


# %%
for x in (-700.0, -40.0, 0.0, 40.0, 700.0):
    y = 1 / (1 + math.exp(-x))
    print(f"x = {x:6}  from y {y * (1 - y):.3e}  yours {sigmoid_slope(x):.3e}")

# %% [markdown]
# ## 二段階ではなく一段階で
#
# 損失でも同じことがいえます。`log(sigmoid(x))` と二段階で計算すると勾配が壊れますが、`log_sigmoid(x)` と一段階で計算すれば正しく求まります。次の例では、正解は「はい」なのに、ネットワークは強く「いいえ」と答えています。

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
# 損失の `from_logits=True` は、このためにあります。覚えておきたい決まりは三つです。`exp` には正の数を渡さないこと。対数は、コンピュータより先に手でとること。傾きは `y` ではなく `x` から計算すること。

# %%
lesson.end()
