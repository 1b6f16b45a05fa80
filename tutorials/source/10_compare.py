# %% [markdown]
# # Twelve activations, compared honestly
#
# Which activation is the best? One trains a network with each of them, looks at the accuracies, and
# has a winner. Run it again with other random numbers, and there is another winner. In this lesson you
# compare twelve activations in a way that you can believe.
# %% [markdown] lang="ja"
# # 十二の活性化関数を公平に比べる
#
# どの活性化関数がいちばんよいのでしょうか。それぞれを使ってネットワークを学習させ、正解率を見れば、勝者が決まります。
# ところが、乱数を変えてもう一度やると、別の勝者が出てきます。この課では、信じられる方法で十二の活性化関数を比べます。
# %%
from statistics import mean

import numpy as np

import minigrad as mg
from minigrad import learn
from minigrad.layers import Dense

lesson = learn.lesson(10)

# %% [markdown]
# ## One experiment
#
# The task: handwritten digits of 8 x 8 pixels. The network is small and sees only 300 of them, so that
# a run takes a fraction of a second. Three things are left to chance: which digits it sees, the weights
# it starts with, and the order of the digits. The `seed` decides all three, and it does so in the same
# way for every activation.
# %% [markdown] lang="ja"
# ## 一つの実験
#
# 課題は、8 x 8 画素の手書き数字です。ネットワークは小さく、数字は 300 個しか見ません。そのため、一回の実験は一瞬で
# 終わります。偶然に任されるのは三つです。どの数字を見るか、重みの初期値、そして数字を見る順番です。`seed`（シード）が
# この三つを決めます。決め方は、どの活性化関数でも同じです。
# %%
try:
    data = [mg.datasets.load_digits(seed=seed) for seed in range(5)]
except ImportError:
    print("scikit-learn is not installed (extra `data`): NumPy draws digits instead")
    data = [mg.datasets.digits_1d(seed=seed) for seed in range(5)]


def accuracy(activation, seed, rate=0.03):
    x_train, y_train, x_test, y_test = data[seed]
    start = {"kernel_initializer": "he_normal"}
    hidden = [Dense(24, activation, seed=[seed, k], **start) for k in (0, 1)]
    model = mg.Sequential([*hidden, Dense(10, "softmax", seed=[seed, 2])])
    model.compile(mg.optimizers.Adam(rate), "sparse_categorical_crossentropy")
    model.fit(x_train[:300], y_train[:300], batch_size=60, epochs=5, seed=seed, verbose=0)
    guesses = np.argmax(model.predict(x_test), axis=1)
    return float(np.mean(guesses == y_test))


for seed in (0, 1):
    scores = {name: accuracy(name, seed) for name in ("elu", "softsign", "mish")}
    order = sorted(scores, key=scores.get, reverse=True)
    print(f"seed {seed}: " + ", ".join(f"{name} {scores[name]:.3f}" for name in order))

# %% [markdown]
# The same program with another seed says something else. So one number is not a result. A result is a
# **mean and a spread**: where the scores lie, and how far they are from there.
#
# The spread is the *standard deviation*: take each score's distance from the mean, square it, add
# up, divide by $n - 1$, take the root. Why $n - 1$? The mean was computed from the same scores and
# lies closer to them than the true one; one less makes up for that.
#
# **Exercise.** Return the mean and the spread of a list of scores.
# %% [markdown] lang="ja"
# 同じプログラムでも、シードが違えば違うことをいいます。ですから、数が一つでは結果とはいえません。結果とは**平均とばらつき**
# です。点数がどのあたりにあり、そこからどれだけ離れているかを示します。
#
# ばらつきには*標準偏差*を使います。それぞれの点数と平均との差を二乗し、足し合わせ、$n - 1$ で割り、平方根をとります。
# なぜ $n - 1$ なのでしょうか。平均は同じ点数から計算したものなので、本当の平均よりも点数に近いところにあります。一つ
# 少ない数で割ると、その分が補われます。
#
# **問題。** 点数のリストの平均とばらつきを返してください。


# %%
@lesson.check
def mean_and_spread(scores):
    # len(scores), sum(...), and ** 0.5 are enough
    # ja: len(scores)、sum(...)、** 0.5 で書けます
    ...


# %% [markdown]
# Now all twelve, with 5 seeds each. Every `o` is a run, or two with the same score. The line begins
# at an accuracy of 0.5 and ends at 1.
# %% [markdown] lang="ja"
# では、十二の活性化関数すべてを、シード 5 個ずつで試しましょう。`o` 一つが一回の実験（点数が同じなら
# 重なります）です。線の左端は正解率 0.5、右端は
# 1 です。
# %%
names = ["relu", "leaky_relu", "elu", "selu", "gelu", "silu", "mish", "softplus", "softsign"]
names += ["tanh", "sigmoid", "hard_sigmoid"]
found = {name: [accuracy(name, seed) for seed in range(5)] for name in names}
ranking = sorted(names, key=lambda name: -mean(found[name]))
for name in ranking:
    line = ["."] * 51
    for score in found[name]:
        line[max(0, round(100 * score) - 50)] = "o"
    middle, spread = (float(number) for number in mean_and_spread(found[name]))
    print(f"{name:12} {middle:.3f} +- {spread:.3f}  {''.join(line)}")

# %% [markdown]
# The last ones are far behind, whatever the seed. But the first ones overlap: their clouds of `o` are
# wider than the gaps between them.
#
# ## Why one seed proves nothing
#
# Suppose two people compare two activations, and each runs **one** seed of each, any seed. How often do
# they publish the wrong winner?
#
# **Exercise.** `better` and `worse` are lists of scores. Go over all pairs of a score of one and a score
# of the other, and return the share of pairs in which `worse` has the higher score.
# %% [markdown] lang="ja"
# 最後のいくつかは、シードによらず大きく離されています。しかし、はじめのほうは重なり合っていて、`o` の広がりのほうが互いの
# 差よりも大きくなっています。
#
# ## なぜシード一つでは何もいえないのか
#
# ある人が二つの活性化関数を比べるために、それぞれ**一つ**だけシードを選んで実験したとします。間違ったほうを勝者として
# 発表してしまうことは、どれくらいあるでしょうか。
#
# **問題。** `better` と `worse` は点数のリストです。両方から点数を一つずつ取ったすべての組のうち、`worse` の点数のほうが
# 高い組の割合を返してください。


# %%
@lesson.check
def wrong_verdicts(better, worse):
    # every score of one meets every score of the other
    # ja: 一方のどの点数も、もう一方のすべての点数と組になる
    ...


# %%
for first, second in zip(ranking, ranking[1:], strict=False):
    share = float(wrong_verdicts(found[first], found[second]))
    print(f"{first:10} before {second:12}: wrong in {share:4.0%} of the comparisons")

# %% [markdown]
# One half would be a coin.
#
# ## Compare twins
#
# Some seeds are simply easier: good digits, lucky weights. That luck is the same for all activations, so
# compare runs of **the same seed**, and look at the differences alone. What they have in common drops
# out.
#
# Is the mean difference more than luck? The mean of $n$ differences wobbles less than one of them, by
# $\sqrt{n}$. So a simple rule is: it is clear if the mean is more than
# $2 \cdot \text{spread} / \sqrt{n}$.
#
# **Exercise.** Return `True` if `a` is clearly better than `b`, else `False`. The first scores of `a` and
# `b` have the same seed, and so have the second ones, and the others.
# %% [markdown] lang="ja"
# 半分なら、コインを投げるのと同じです。
#
# ## ふたごを比べる
#
# 易しいシードというものもあります。よい数字、運のよい重みが当たったのです。その運はどの活性化関数でも同じなので、
# **同じシード**どうしの実験を比べて、差だけを見ましょう。共通の運は差し引かれて消えます。
#
# 差の平均は、偶然より大きいといえるでしょうか。$n$ 個の差の平均の揺れは、差一つの揺れの $\sqrt{n}$ 分の一です。そこで、
# 平均が $2 \cdot \text{spread} / \sqrt{n}$ より大きければはっきりした差とみなす、という簡単な決まりを使います（spread は
# 差のばらつきです）。
#
# **問題。** `a` が `b` よりはっきりよければ `True`、そうでなければ `False` を返してください。`a` と `b` の一つ目の点数は
# 同じシードのもので、二つ目以降も同様です。


# %%
@lesson.check
def clearly_better(a, b):
    # first the list of differences; statistics.stdev is its spread
    # ja: まず差のリストを作る。そのばらつきは statistics.stdev で求まる
    ...


# %% [markdown]
# In the table, a `>` means: the activation of this row is clearly better than the one of this column.
# %% [markdown] lang="ja"
# 表の `>` は、その行の活性化関数が、その列の活性化関数よりはっきりよいことを表します。
# %%
for name in ranking:
    row = [">" if clearly_better(found[name], found[other]) else "." for other in ranking]
    print(f"{name:12} {' '.join(row)}")

# %% [markdown]
# The corner of the table says it all: the best ones cannot be told apart here, the last ones can. And
# do not trust a lonely `>` either. With 5 seeds, luck alone makes one in about 17 tries, and this table
# asks 132 questions. Whoever asks often enough finds something.
#
# ## Fair to whom?
#
# All twelve had the same learning rate. Is that fair? It may suit one and not another:
# %% [markdown] lang="ja"
# 表のすみを見ればわかります。上位のものはここでは区別できませんが、下位のものは区別できます。また、ぽつんとある `>` も
# 信じてはいけません。シードが 5 個なら、偶然だけでも 17 回に一回くらいは印が付きます。この表では 132 回も問いかけて
# います。何度も問えば、何かは見つかるものです。
#
# ## 誰に対して公平なのか
#
# 十二の活性化関数は、どれも同じ学習率で学習しました。それは公平でしょうか。ある関数には合い、別の関数には合わないかも
# しれません。
# %%
for name in ("tanh", "sigmoid"):
    slow, fast = (mean(accuracy(name, seed, rate) for seed in (0, 1)) for rate in (0.01, 0.1))
    same = mean(found[name][:2])
    print(f"{name:8} rate 0.01: {slow:.3f}   0.03: {same:.3f}   0.1: {fast:.3f}")

# %% [markdown]
# A fair comparison gives each the same effort: the same data, the same seeds, the same number of rates
# tried, and then **new seeds** for the final runs. And it says what it compared. Here that is: small
# networks, 300 digits, 5 epochs. Nobody knows from this what holds for large ones. `minigrad train`
# with `--compare` does such a comparison at full size, with all digits.
# %% [markdown] lang="ja"
# 公平な比較では、どれにも同じ手間をかけます。同じデータ、同じシード、試す学習率の数も同じにして、最後の実験には**新しい
# シード**を使います。そして、何を比べたのかを述べます。ここで比べたのは、小さなネットワーク、300 個の数字、5 エポックです。
# 大きなネットワークでどうなるかは、これではわかりません。`minigrad train` に `--compare` を付けると、全部の数字を使って
# このような比較をします。
# %%
lesson.end()
