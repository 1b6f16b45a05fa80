# %% [markdown]
# # 十二の活性化関数を公平に比べる
#
# どの活性化関数がいちばんよいのでしょうか。それぞれを使ってネットワークを学習させ、正解率を見れば、勝者が決まります。ところが、乱数を変えてもう一度やると、別の勝者が出てきます。この課では、信じられる方法で十二の活性化関数を比べます。

# %%
from statistics import mean

import numpy as np

import minigrad as mg
from minigrad import learn
from minigrad.layers import Dense

lesson = learn.lesson(10, lang="ja")

# %% [markdown]
# ## 一つの実験
#
# 課題は、8 x 8 画素の手書き数字です。ネットワークは小さく、数字は 300 個しか見ません。そのため、一回の実験は一瞬で終わります。偶然に任されるのは三つです。どの数字を見るか、重みの初期値、そして数字を見る順番です。`seed`（シード）がこの三つを決めます。決め方は、どの活性化関数でも同じです。

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
# 同じプログラムでも、シードが違えば違うことをいいます。ですから、数が一つでは結果とはいえません。結果とは**平均とばらつき**です。点数がどのあたりにあり、そこからどれだけ離れているかを示します。
#
# ばらつきには*標準偏差*を使います。それぞれの点数と平均との差を二乗し、足し合わせ、$n - 1$ で割り、平方根をとります。なぜ $n - 1$ なのでしょうか。平均は同じ点数から計算したものなので、本当の平均よりも点数に近いところにあります。一つ少ない数で割ると、その分が補われます。
#
# **問題。** 点数のリストの平均とばらつきを返してください。

# %%
@lesson.check
def mean_and_spread(scores):
    # len(scores)、sum(...)、** 0.5 で書けます
    ...


# %% [markdown]
# では、十二の活性化関数すべてを、シード 5 個ずつで試しましょう。`o` 一つが一回の実験（点数が同じなら重なります）です。線の左端は正解率 0.5、右端は1 です。

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
# 最後のいくつかは、シードによらず大きく離されています。しかし、はじめのほうは重なり合っていて、`o` の広がりのほうが互いの差よりも大きくなっています。
#
# ## なぜシード一つでは何もいえないのか
#
# ある人が二つの活性化関数を比べるために、それぞれ**一つ**だけシードを選んで実験したとします。間違ったほうを勝者として発表してしまうことは、どれくらいあるでしょうか。
#
# **問題。** `better` と `worse` は点数のリストです。両方から点数を一つずつ取ったすべての組のうち、`worse` の点数のほうが高い組の割合を返してください。

# %%
@lesson.check
def wrong_verdicts(better, worse):
    # 一方のどの点数も、もう一方のすべての点数と組になる
    ...


# %%
for first, second in zip(ranking, ranking[1:], strict=False):
    share = float(wrong_verdicts(found[first], found[second]))
    print(f"{first:10} before {second:12}: wrong in {share:4.0%} of the comparisons")


# %% [markdown]
# 半分なら、コインを投げるのと同じです。
#
# ## ふたごを比べる
#
# 易しいシードというものもあります。よい数字、運のよい重みが当たったのです。その運はどの活性化関数でも同じなので、**同じシード**どうしの実験を比べて、差だけを見ましょう。共通の運は差し引かれて消えます。
#
# 差の平均は、偶然より大きいといえるでしょうか。$n$ 個の差の平均の揺れは、差一つの揺れの $\sqrt{n}$ 分の一です。そこで、平均が $2 \cdot \text{spread} / \sqrt{n}$ より大きければはっきりした差とみなす、という簡単な決まりを使います（spread は差のばらつきです）。
#
# **問題。** `a` が `b` よりはっきりよければ `True`、そうでなければ `False` を返してください。`a` と `b` の一つ目の点数は同じシードのもので、二つ目以降も同様です。

# %%
@lesson.check
def clearly_better(a, b):
    # まず差のリストを作る。そのばらつきは statistics.stdev で求まる
    ...


# %% [markdown]
# 表の `>` は、その行の活性化関数が、その列の活性化関数よりはっきりよいことを表します。

# %%
for name in ranking:
    row = [">" if clearly_better(found[name], found[other]) else "." for other in ranking]
    print(f"{name:12} {' '.join(row)}")

# %% [markdown]
# 表のすみを見ればわかります。上位のものはここでは区別できませんが、下位のものは区別できます。また、ぽつんとある `>` も信じてはいけません。シードが 5 個なら、偶然だけでも 17 回に一回くらいは印が付きます。この表では 132 回も問いかけています。何度も問えば、何かは見つかるものです。
#
# ## 誰に対して公平なのか
#
# 十二の活性化関数は、どれも同じ学習率で学習しました。それは公平でしょうか。ある関数には合い、別の関数には合わないかもしれません。

# %%
for name in ("tanh", "sigmoid"):
    slow, fast = (mean(accuracy(name, seed, rate) for seed in (0, 1)) for rate in (0.01, 0.1))
    same = mean(found[name][:2])
    print(f"{name:8} rate 0.01: {slow:.3f}   0.03: {same:.3f}   0.1: {fast:.3f}")

# %% [markdown]
# 公平な比較では、どれにも同じ手間をかけます。同じデータ、同じシード、試す学習率の数も同じにして、最後の実験には**新しいシード**を使います。そして、何を比べたのかを述べます。ここで比べたのは、小さなネットワーク、300 個の数字、5 エポックです。大きなネットワークでどうなるかは、これではわかりません。`minigrad train` に `--compare` を付けると、全部の数字を使ってこのような比較をします。

# %%
lesson.end()
