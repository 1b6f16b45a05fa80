# %% [markdown]
# # カーネル: 式からベクトル命令へ
#
# 活性化関数は**一つ**の数についての式ですが、ネットワークには数が何百万もあります。その間をつなぐのが**カーネル**です。式を囲むループを機械語にしたもののことです。この課では、そのループを自分で書き、コンパイラがそれをどんな命令にするかを見て、全部のコアを使うとよいのはどんなときかを調べます。

# %%
from time import perf_counter

import numpy as np

import minigrad as mg
from minigrad import learn
from minigrad.activations import silu
from minigrad.kernels import loops
from minigrad.kernels.kernel import Kernel

lesson = learn.lesson(9, lang="ja")


# %% [markdown]
# ## 式を囲むループ
#
# 0 で折れ曲がる活性化関数とその傾きです。どちらの式にも、配列は出てきません。

# %%
@mg.elementwise(kinks=[0.0])
def bent(x):
    """Bent: x for x > 0, 0.3 x otherwise."""
    return x if x > 0 else 0.3 * x


@bent.partial("x")
def dbent_dx(x):
    return 1.0 if x > 0 else 0.3


mg.plot(bent)


# %% [markdown]
# 順伝播のループは三行です。すべての要素を順に調べ、式の値を `out` に入れます。`out` はすでに用意されていて、中身を埋めるだけなので、何も返しません。
#
# **問題。** 逆伝播のループを書いてください。`out[i]` は、`x[i]` での傾きに `gy[i]` を掛けたものです。

# %%
def forward_loop(formula, x, out):
    for i in range(len(out)):
        out[i] = formula(x[i])


@lesson.check
def gradient_loop(slope, x, gy, out):
    # slope は一つの数についての関数
    ...


# %% [markdown]
# 同じループが `minigrad/kernels/loops.py` にあります。そこでは Numba がループを一度だけ機械語に直し、結果をディスクに保存します。どちらも計算結果は同じで、違いがわかるのは時計だけです。

# %%
rng = np.random.default_rng(0)
x, gy = rng.standard_normal((2, 20_000)).astype(np.float32)
by_loop, by_kernel = np.empty_like(x), np.empty_like(x)
slope_of_bent = bent.partials["x"].declaration.formula
compiled = Kernel(loops.gradient, slope_of_bent).compile((gy, (x,), (), by_kernel))


def seconds(action, *arguments):
    # 何回か試した中の最短。ほかの仕事があると、時間は長くなるだけなので
    found = []
    for _ in range(4):
        start = perf_counter()
        action(*arguments)
        found.append(perf_counter() - start)
    return min(found)


# ループにも 16 桁を渡す。カーネルは 16 桁で計算し、一度だけ丸める
python = seconds(gradient_loop, slope_of_bent, x.astype(float), gy.astype(float), by_loop)
machine = seconds(compiled, gy, (x,), (), by_kernel)
print(f"same numbers: {np.array_equal(by_loop, by_kernel)}")
print(f"the Python loop takes {python / machine:.0f}x as long as the kernel")

# %% [markdown]
# ## コンパイラが作ったもの
#
# `mg.kernel` は、コンパイラの中をのぞく窓です。ループと式、そして Numba が見つけた**型**を表示します。`x` は配列の中では`float32` ですが、式の中では `float64` です。どの結果も 16 桁で計算され、しまうときに一度だけ丸められます。最後の行は機械語についてです。

# %%
view = mg.kernel(bent)
print(view)

# %% [markdown]
# 次は、その機械語の一部です。`>>` の付いた行は**ベクトル命令**で、いくつもの数に同じことを一度に行います。たいていのコンピュータでは、名前を見ればわかります。`vmulpd` なら、`mul` は掛け算、`p` は packed（詰め合わせ）、`d` は double です。`.llvm` には、この一つ前の段階があります。

# %%
lines = view.assembly.splitlines()
first = next((k for k, line in enumerate(lines) if line.startswith(">>")), 0)
print("\n".join(lines[first : first + 16]))


# %% [markdown]
# いくつもの数とは何個でしょうか。512 ビットのレジスタには、64 ビットの数が 8 個入ります。これを、8 本の**レーン**があるといいます。配列の終わりがレジスタの切れ目と合わないとき、残りは一つずつ計算します。`scalar_instructions` はそのためにあります。
#
# **問題。** 配列に `n` 個の数があり、レジスタに `lanes` 本のレーンがあります。ベクトル命令は何回実行され、数はいくつ残りますか。

# %%
@lesson.check
def instructions(n, lanes):
    # 整数を二つ返す。いっぱいになるレジスタの数と、残りの数
    ...


# %%
for n in (1000, 1003):
    full, rest = instructions(n, 8)
    print(f"{n} numbers: {full} vector instructions and {rest} single ones")


# %% [markdown]
# `x > 0` のような場合分けがあっても困りません。すべてのレーンが両方の枝を計算し、マスクで片方を選びます。では、数によって繰り返しの回数が違うときはどうでしょうか。レーンは足並みをそろえて進めません。

# %%
@mg.elementwise()
def halvings(x):
    """Halvings: how often x must be halved to come below 1."""
    count = 0.0
    while x >= 1:
        x = x / 2
        count += 1
    return count


print(f"bent:     {view.verdict}")
print(f"halvings: {mg.kernel(halvings).verdict}")


# %% [markdown]
# ですから、カーネルは読む人のためだけでなく、コンパイラのためにも書きます。配列は連続したものを受け取り、中でメモリを確保せず、どちらの枝も軽くしておきます。
#
# ## 全部のコアを使うとよいとき
#
# コアが二つあっても、速さは二倍にはなりません。コアを呼び集めるのに、仕事の量と関係なく時間がかかり、分担できるのはそのあとだからです。
#
# | | $n$ 個の数にかかる時間 |
# |---|---|
# | 一つのコア | $n \cdot t$ |
# | 全部のコア | $c + n \cdot t / \text{cores}$ |
#
# **問題。** 数がいくつ以上あれば、全部のコアのほうが速くなりますか。$c$ は `overhead`、$t$ は `per_number` です。二つの時間が等しいとして、$n$ について解いてください。

# %%
@lesson.check
def break_even(overhead, per_number, cores):
    # コアは二つ以上あります
    ...


# %%
for what, overhead, per_number in (("relu", 20, 0.0005), ("gelu", 20, 0.01)):
    n = float(break_even(overhead, per_number, 4))
    print(f"{what}, {overhead} us to call, {per_number} us a number: from {n:,.0f} on")

# %% [markdown]
# 式の計算が重いほど、早くから得になります。では、あなたのコンピュータではどうでしょうか。`#` 一つは、一つのコアでかかる時間の十分の一です。10 個より多ければ、ほかのコアはじゃまをしただけです。ほかの仕事をしていないコンピュータでは、最後の行が最も短くなります。

# %%
many = rng.standard_normal(300_000).astype(np.float32)
out = np.empty_like(many)
kernel = Kernel(loops.forward, silu.declaration.formula)
alone = kernel.compile(((many,), (), out))
together = kernel.compile(((many,), (), out), parallel=True)
for n in (1_000, 30_000, 300_000):
    given = (many[:n],), (), out[:n]
    ratio = seconds(together, *given) / seconds(alone, *given)
    bar = "#" * min(round(10 * ratio), 30) + ("..." if ratio > 3 else "")
    print(f"{n:8,} numbers: {ratio:8.2f}x the time of one core  {bar}")

# %% [markdown]
# minigrad は推測しません。カーネルは、はじめはただの Python として動き、仕事が十分にあればコンパイルされ、大きな配列では時間を計られます。全部のコアを使うのは、一つのコアで 50 us より長くかかるときだけです。三つの方法の結果は、ビットまで同じです。`minigrad/kernels/kernel.py` を読んでみましょう。短いファイルです。

# %%
lesson.end()
