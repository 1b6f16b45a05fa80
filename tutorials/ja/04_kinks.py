# %% [markdown]
# # 折れ点と劣勾配
#
# `relu` は、0 でつながる二本の直線からできています。左側の傾きは 0、右側の傾きは 1 です。では、**ちょうど** 0 ではどうでしょうか。そこでは曲線が折れていて（**折れ点**）、傾きがありません。それでも逆伝播は何かを掛けなければなりません。この課では、何を掛けてよいのか、実際には何を掛けているのか、そしてそれがいつ問題になるのかを見ます。

# %%
import numpy as np

import minigrad as mg
from minigrad import learn
from minigrad.activations import hard_tanh, leaky_relu, prelu, relu

lesson = learn.lesson(4, lang="ja")


# %% [markdown]
# ## 両側から見る
#
# 折れ点での傾きは求められませんが、その両側の傾きなら求められます。幅 `h` だけ左へ、または右へ動いて、`f` がどれだけ変わったかを、動いた幅で割るのです。
#
# **問題。** `x` での `f` の傾きを、左から見たもの、右から見たものの順に返してください。

# %%
@lesson.check
def sides(f, x, h):
    # 差を二つ、それぞれ h で割る
    ...


# %%
def relu_of(x):
    return x if x > 0 else 0.0


for name, f in (("relu", relu_of), ("abs", abs), ("x * x", lambda x: x * x)):
    for h in (0.5, 0.25, 2.0**-20):
        print(f"{name:6} h = {h:<12.3g} from the left, the right:", sides(f, 0.0, h))

# %% [markdown]
# `x * x` では、`h` を小さくすると二つの数が近づいていきます。これが、傾きがあるということです。`relu` では、どれだけ幅を小さくしても 0 と 1 のまま、`abs` では -1 と 1 のままです。
#
# 下の図で、点になっているところが折れ点です。下の段の塗りつぶした点は逆伝播が使う傾き、白い点は反対側の傾きです。

# %%
mg.plot(relu, leaky_relu, hard_tanh, range=(-2, 2))


# %% [markdown]
# ## 間の傾きはすべて使える
#
# `relu` の角に定規を当ててみましょう。水平（傾き 0）に置くことも、右半分に沿って（傾き 1）置くことも、その**間**のどの向きに置くこともできます。どの場合も曲線に食い込みません。こうした傾きを**劣勾配**といい、どれを使っても間違いではありません（**許される**傾きです）。`hard_tanh` の上の角では、定規は上に載ります。傾きは左で 1、右で 0ですが、やはりその間の傾きはすべて許されます。
#
# **問題。** 両側の傾きがわかっているとき、この傾きは許されますか。`True` か `False` を返してください。

# %%
@lesson.check
def legal(left, right, slope):
    # 左の傾きのほうが大きい角にも注意する
    ...


# %% [markdown]
# `mg.gradcheck` はこのことを知っています。両側を調べて、許される傾き（legal）と、実際に使っている傾き（yours）を教えてくれます。

# %%
for op in (relu, mg.ops.abs, hard_tanh):
    print(*mg.gradcheck(op, [0.0, 1.0]).lines, sep="\n")
print(*mg.gradcheck(lambda x: prelu(x, 0.25), [0.0]).lines)

# %% [markdown]
# その決まりは簡単です。**値を決めた枝が、傾きも決めます。** `relu` は `x if x > 0 else 0` と書かれています。0 での値は`else 0` から来るので、傾きは 0 です。`prelu` は `x if x > 0 else alpha * x` なので、0 での傾きは `alpha` です。
#
# ## 一つ一つは正しくても
#
# ここに落とし穴があります。`relu(x) - relu(-x)` は、どの `x` についても `x` そのものです。折れ点はなく、傾きはどこでも1 です。
#
# **問題。** `x = 0` で、逆伝播はその勾配をいくつとしますか。`relu` が 0 で使う傾きと連鎖律で考えてください。

# %%
gradient_at_0 = ...
lesson.check(gradient_at_0=gradient_at_0)

# %% [markdown]
# 計算グラフを見て、勾配を右から左へたどってみましょう。

# %%
x = mg.Tensor(0.0, requires_grad=True, name="x")
y = relu(x) - relu(-x)
y.backward()
mg.draw(y, y=y)

# %%
print(mg.gradcheck(lambda x: relu(x) - relu(-x), [0.0], raises=False).errors[0])

# %% [markdown]
# どの傾きも許されるものだったのに、結果は `x` の傾きになっていません。折れ点で逆伝播が出す値は、関数だけでなく、**関数の書き方**によって決まるのです。
#
# ## 別の傾きを選ぶ
#
# `with mg.kinks(...)` を使うと、逆伝播が折れ点で使う傾きを変えられます。左側の傾き `"left"`、右側の傾き `"right"`、常にゼロとする `"zero"`、左右の平均 `"middle"` があります。

# %%
for which in ("left", "right", "zero", "middle"):
    x = mg.Tensor([-1.0, 0.0, 1.0], requires_grad=True)
    loss = leaky_relu(x, 0.2).sum()
    with mg.kinks(which):
        loss.backward()
    print(f"{which:6} slopes of leaky_relu at -1, 0, 1: {x.grad}")

# %% [markdown]
# **問題。** 四つのうちどれを使うと、`relu(x) - relu(-x)` の 0 での勾配が正しく 1 になりますか。`"left"` のような語で答えてください。

# %%
convention = ...
lesson.check(convention=convention)

# %% [markdown]
# ## それは大事なことですか
#
# たいていは問題になりません。たくさんの積を足した値が、ちょうど 0 になることはほとんどないからです。問題になるのは、多くの数が折れ点の上にあるときです。重みをすべて 0 から始めると、どのユニットもそこに来てしまいます。

# %%
for which in ("left", "middle", "right"):
    first = mg.layers.Dense(4, kernel_initializer="zeros", seed=0)
    last = mg.layers.Dense(1, kernel_initializer="ones")
    loss = last(relu(first(np.ones((2, 3))))).sum()
    with mg.kinks(which):
        loss.backward()
    print(f"{which:6} largest gradient in the first layer: {np.abs(first.kernel.grad).max():g}")

# %% [markdown]
# 傾きを 0 とすると、最初の層には何も届かず、いつまでも学習しません。重みを乱数から始める理由の一つがこれです。この選択が学習にどう影響するかを測った結果が `docs/kinks.md` にあります。

# %%
lesson.end()
