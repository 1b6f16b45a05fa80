# %% [markdown]
# # Activations and their slopes
#
# Words.
# %% [markdown] lang="ja"
# # 活性化関数とその傾き
#
# ことば。
# %%
import math

from minigrad import learn

lesson = learn.lesson(3)


# %%
@lesson.check
def tanh_slope(x):
    # write the slope here
    # ja: ここに傾きを書く
    ...


# %%
print(tanh_slope(0.5), math.tanh(0.5))
lesson.end()
