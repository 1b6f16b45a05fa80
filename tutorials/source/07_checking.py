# %% [markdown]
# # Checking gradients, and how checkers lie
#
# A wrong gradient raises no error. The program runs, the loss goes down a little, and nobody knows why
# it does not go down further. So gradients are **checked**: nudge the input, see how much the output
# moves, and compare. But a checker is a program too, and in this lesson you see it lie.
# %% [markdown] lang="ja"
# # 勾配を確かめる、そして確かめ方のうそ
#
# 勾配が間違っていても、エラーは出ません。プログラムは動き、損失も少しは下がるので、なぜそれ以上下がらないのか誰にも
# わかりません。そこで勾配を**確かめ**ます。入力を少し動かし、出力がどれだけ動くかを見て、比べるのです。しかし、確かめる
# ほうもプログラムです。この課では、それがうそをつく様子を見ます。
# %%
import math

import numpy as np

import minigrad as mg
from minigrad import learn

lesson = learn.lesson(7)

# %% [markdown]
# ## A difference across x
#
# In lesson 1 we nudged to one side. It is better to nudge to **both** sides and divide by the whole
# way: this is the *central difference*.
#
# **Exercise.** Return the central difference of `f` at `x`: from `x - h` to `x + h`.
# %% [markdown] lang="ja"
# ## x をまたぐ差分
#
# 第 1 課では片側に動かしました。**両側**に動かして、動いた幅全体で割るほうがよい方法です。これを*中心差分*といいます。
#
# **問題。** `x` での `f` の中心差分を返してください。`x - h` から `x + h` までの差を使います。


# %%
@lesson.check
def difference(f, x, h):
    # how wide is the way from x - h to x + h?
    # ja: x - h から x + h までの幅はいくつですか
    ...


# %% [markdown]
# ## Lie 1: the step
#
# How small should `h` be? The smaller, the better, one would think. Here is the error of the slope of
# `exp` at 3, for one step after the other:
# %% [markdown] lang="ja"
# ## うその 1: 動かす幅
#
# `h` はどれくらい小さければよいでしょうか。小さいほどよい、と思うかもしれません。次は、3 での `exp` の傾きの誤差を、
# 幅を変えながら調べたものです。
# %%
print("h        one side  central   central, float32")
for k in range(1, 14):
    h = 10.0**-k
    one_side = (math.exp(3 + h) - math.exp(3)) / h
    central = difference(math.exp, 3.0, h)
    single = difference(np.exp, np.float32(3), np.float32(h))
    errors = [abs(float(slope) / math.exp(3) - 1) for slope in (one_side, central, single)]
    print(f"1e-{k:02}  ", "   ".join(f"{error:.0e}" for error in errors))

# %% [markdown]
# Two things go wrong. With a **large** step the curve bends on the way. With a **small** step `f(x + h)`
# and `f(x - h)` agree in nearly all their digits, and their difference is only rounding. In float32
# there are 7 digits instead of 16, and nothing useful is left. That is why `mg.gradcheck` computes in
# float64, whatever you give it.
#
# **Exercise.** Which step is best for the central difference in float64, the middle column?
# %% [markdown] lang="ja"
# うまくいかない理由は二つあります。幅が**大きい**と、その間に曲線が曲がってしまいます。幅が**小さい**と、`f(x + h)` と
# `f(x - h)` はほとんどの桁が同じになり、その差は丸め誤差ばかりになります。float32 の桁数は 16 ではなく 7 なので、役に
# 立つ桁が残りません。ですから `mg.gradcheck` は、何を渡されても float64 で計算します。
#
# **問題。** float64 の中心差分（真ん中の列）では、どの幅が最もよいですか。
# %%
best_step = ...
lesson.check(best_step=best_step)

# %% [markdown]
# ## Lie 2: a kink on the way
#
# `relu` has the slope 1 at `x = 0.001`, without any doubt. But a step that reaches across the kink sees
# something else:
# %% [markdown] lang="ja"
# ## うその 2: 途中の折れ点
#
# `x = 0.001` での `relu` の傾きは、間違いなく 1 です。ところが、折れ点をまたぐ幅で測ると別の値になります。


# %%
def relu(x):
    return max(x, 0.0)


for h in (0.1, 0.01, 0.0001):
    print(f"h = {h:<7} difference {difference(relu, 0.001, h):.3f}, the true slope is 1")

# %% [markdown]
# Here the gradient is right and the checker is wrong. A good checker looks on both sides of the kink:
# %% [markdown] lang="ja"
# この場合、正しいのは勾配で、間違っているのは確かめるほうです。よい検査は、折れ点の両側を調べます。
# %%
print(mg.gradcheck(mg.activations.relu, [0.001, 0.0]))

# %% [markdown]
# ## Lie 3: close enough?
#
# Two numbers never agree in all digits, so we need a rule for "the same". A fixed limit such as 0.001
# is a bad one: between 1000000 and 1000001 it sees an error, between 0.0001 and 0.0005 it sees none.
# What counts is the error **relative** to the size of the numbers.
#
# **Exercise.** Return `True` if `mine` and `found` differ by no more than `rtol` times the larger of
# their sizes. Mind negative numbers, and that 0 agrees with 0.
# %% [markdown] lang="ja"
# ## うその 3: 近ければよいのか
#
# 二つの数のすべての桁が一致することはないので、「同じ」とみなす決まりが必要です。0.001 のような固定した限度は
# よくありません。1000000 と 1000001 を違うとみなし、0.0001 と 0.0005 を同じとみなしてしまいます。大切なのは、数の
# 大きさと比べた誤差（**相対**誤差）です。
#
# **問題。** `mine` と `found` の差が、絶対値の大きいほうの `rtol` 倍以下なら `True` を返してください。負の数と、0 と 0 が
# 一致することに注意してください。


# %%
@lesson.check
def agrees(mine, found, rtol):
    # abs(...) is the size of a number
    # ja: abs(...) は数の大きさです
    ...


# %% [markdown]
# Now you have a checker. Let it check the slope of `tanh`:
# %% [markdown] lang="ja"
# これで検査ができました。`tanh` の傾きを確かめてみましょう。


# %%
def checker(f, slope):
    for x in (-1.5, -0.3, 0.4, 2.0):
        if not agrees(slope(x), difference(f, x, 1e-5), 1e-6):
            return False
    return True


print("right slope:", checker(math.tanh, lambda x: 1 - math.tanh(x) ** 2))

# %% [markdown]
# ## Lie 4: a checker that always says yes
#
# Does that `True` mean anything? This one says `True` as well, and so does the next, which forgot `abs`:
# %% [markdown] lang="ja"
# ## うその 4: いつでも「正しい」と言う検査
#
# この `True` に意味はあるのでしょうか。次の検査も、`abs` を忘れたその次の検査も、`True` と答えます。


# %%
def yes(f, slope):
    return True


def without_abs(f, slope):
    return all(slope(x) - difference(f, x, 1e-5) <= 1e-6 for x in (-1.5, -0.3, 0.4, 2.0))


for check in (yes, without_abs):
    print(check.__name__, check(math.tanh, lambda x: 1 - math.tanh(x) ** 2))

# %% [markdown]
# So a checker must be checked, and the way is simple: **feed it a wrong gradient**. It must say no.
#
# **Exercise.** `check(f, slope)` is a checker. Return `True` if it accepts the right `slope` of `f` and
# refuses the slope `wrong`.
# %% [markdown] lang="ja"
# ですから、検査そのものも確かめなければなりません。方法は簡単です。**間違った勾配を与える**のです。検査は、それを
# 断らなければなりません。
#
# **問題。** `check(f, slope)` は検査です。`f` の正しい傾き `slope` を受け入れ、間違った傾き `wrong` を断るなら `True` を
# 返してください。


# %%
@lesson.check
def trusted(check, f, slope, wrong):
    # call check twice
    # ja: check を二度呼ぶ
    ...


# %%
def half_of_it(x):
    return 0.5 * math.exp(x)


for check in (checker, yes, without_abs):
    print(f"{check.__name__:12} trusted: {trusted(check, math.exp, math.exp, half_of_it)}")

# %% [markdown]
# The slope of `exp` is `exp`, and half of it is wrong. `without_abs` accepts it, since it is too small:
# there it is no better than `yes`. Every checker in the tests
# of minigrad is fed something wrong.
#
# ## The checker of minigrad
#
# `mg.gradcheck` takes many steps, combines them, and estimates its own error. Give it an op with a
# mistake that is easy to make, a knee at 1 instead of 0:
# %% [markdown] lang="ja"
# `exp` の傾きは `exp` で、その半分は間違いです。`without_abs` は、小さすぎる傾きを受け入れてしまいます。これでは
# `yes` と変わりません。minigrad のテストでは、どの検査にも必ず
# 間違ったものを与えています。
#
# ## minigrad の検査
#
# `mg.gradcheck` は、いろいろな幅で差分をとって組み合わせ、自分の誤差も見積もります。よくある間違いをした演算を
# 渡してみましょう。傾きの変わる場所が、0 ではなく 1 になっています。


# %%
@mg.elementwise(kinks=[0.0])
def leaky(x):
    """Leaky: x for x > 0, 0.1 x otherwise."""
    return x if x > 0 else 0.1 * x


@leaky.partial("x")
def dleaky_dx(x):
    return 1 if x > 1 else 0.1


for points in ([-2.0, -1.0, 2.0, 3.0], [-2.0, 0.5, 2.0]):
    report = mg.gradcheck(leaky, points, raises=False)
    print(points, "ok" if report.ok else report.errors[0])
mg.plot(leaky)

# %% [markdown]
# Lie 5 was the last one: **at the wrong places, a wrong gradient is right**. In the first row no point
# was between 0 and 1. Without points, `mg.gradcheck(leaky)` chooses its own, on both sides of each kink
# and close to it. Use that for an op of your own.
# %% [markdown] lang="ja"
# うその 5 が最後です。**調べる場所が悪いと、間違った勾配も正しく見えます。** 最初の行では、0 と 1 の間に点がありません
# でした。点を渡さずに `mg.gradcheck(leaky)` とすると、それぞれの折れ点の両側とそのすぐ近くに、自分で点を選びます。
# 自分の演算には、これを使いましょう。
# %%
lesson.end()
