# %% [markdown]
# # Twelve activations, compared honestly
#
# Which activation is the best? One trains a network with each of them, looks at the accuracies, and
# has a winner. Run it again with other random numbers, and there is another winner. In this lesson you
# compare twelve activations in a way that you can believe.

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

# %%
@lesson.check
def mean_and_spread(scores):
    # len(scores), sum(...), and ** 0.5 are enough
    ...


# %% [markdown]
# Now all twelve, with 5 seeds each. Every `o` is a run, or two with the same score. The line begins
# at an accuracy of 0.5 and ends at 1.

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

# %%
@lesson.check
def wrong_verdicts(better, worse):
    # every score of one meets every score of the other
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

# %%
@lesson.check
def clearly_better(a, b):
    # first the list of differences; statistics.stdev is its spread
    ...


# %% [markdown]
# In the table, a `>` means: the activation of this row is clearly better than the one of this column.

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

# %%
lesson.end()
