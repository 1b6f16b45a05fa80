"""Hints: a sentence for each kind of mistake, in English and Japanese.

`{where}` is empty, or says where the answer is wrong: " for x < 0".  Each hint about numbers is
followed by one call, what it gave and what was expected.
"""

from typing import NamedTuple

from .words import Words


class Finding(NamedTuple):
    """What a check found wrong: the kind of mistake, and what to say of it."""

    hint: str
    text: Words


HINTS = {
    # Not a function that can be called, or not numbers that come out of it.
    "not_a_function": Words(
        "a function is asked for, {given} given; write def {name}({arguments}): ...",
        "関数を書いてください（今は {given} です）。def {name}({arguments}): ... の形です。",
    ),
    "arguments": Words(
        "it must take {arguments}; it cannot be called with these {count}",
        "引数は {arguments} です。今の関数はこの {count} 個では呼び出せません。",
    ),
    "raises": Words(
        "{call} raises {error}",
        "{call} を計算すると {error} というエラーになります。",
    ),
    "none": Words(
        "{call} returns None: it ends without return; every branch needs one",
        "{call} が None を返します。どの枝でも、結果を return で返してください。",
    ),
    "type": Words(
        "{call} is {given}, which is not {wanted}",
        "{call} が {given} です。{wanted}が必要です。",
    ),
    "count": Words(
        "{call} gives {given}, {wanted} expected",
        "{call} は {given}ですが、{wanted}が必要です。",
    ),
    "shape": Words(
        "{call} gives{where} {given}, expected {wanted}: a gradient has the shape of what it is of",
        "{call} の{where}結果は{given}ですが、{wanted}が必要です。勾配はもとの値と同じ形です。",
    ),
    "changes_input": Words(
        "it changes its argument {argument}; compute a new value, and leave what you were given",
        "引数 {argument} を書き換えています。もとの値は残し、新しい値を計算してください。",
    ),
    "not_finite": Words(
        "{call} is {given}, expected {wanted}",
        "{call} が {given} になります。{wanted} になるはずです。",
    ),
    # An op that is declared wrongly.
    "tensors": Words(
        "its tensors must be {wanted}, yours are {given}; inputs= says how many there are",
        "テンソルの引数は {wanted} です（今は {given}）。いくつあるかは inputs= で決めます。",
    ),
    "defaults": Words(
        "give each of its numbers a default: {given}",
        "数の引数 {given} には既定値を付けてください。",
    ),
    "undeclared": Words(
        "something is not declared: {line}",
        "宣言が足りません: {line}",
    ),
    "partial": Words(
        "a slope is wrong, and gradcheck found it: {line}",
        "gradcheck が傾きの誤りを見つけました: {line}",
    ),
    # Numbers that are wrong in a way that has a name.
    "swapped": Words(
        "you return the right numbers in the wrong order",
        "数は正しいですが、順番が逆です。",
    ),
    "value": Words(
        "you returned the value of the function{where}; its slope is asked for",
        "{where}関数の値を返しています。求めるのは傾きです。",
    ),
    "kink": Words(
        "all is right except at the kink, {where}: which side gives the slope there?",
        "折れ点（{where}）の上だけが違います。そこではどちら側の傾きを使いますか。",
    ),
    "sign": Words(
        "the sign is wrong{where}",
        "{where}符号が逆です。",
    ),
    "forgot_factor": Words(
        "you left out the factor {argument}{where}",
        "{where}{argument} を掛け忘れています。",
    ),
    "extra_factor": Words(
        "there is a factor {argument} too much{where}",
        "{where}{argument} を余分に掛けています。",
    ),
    "too_large": Words(
        "it is {factor:.4g}x too large{where}",
        "{where}{factor:.4g} 倍大きすぎます。",
    ),
    "too_small": Words(
        "it is {factor:.4g}x too small{where}",
        "{where}{factor:.4g} 分の 1 の大きさしかありません。",
    ),
    "zero": Words(
        "it is 0{where}, so nothing flows back there",
        "{where}0 になっているので、そこでは何も逆に流れません。",
    ),
    "constant": Words(
        "it is always {given:.6g}{where}, whatever {argument} is",
        "{where}{argument} が何であっても {given:.6g} になります。",
    ),
    "offset": Words(
        "it is off by {given:+.6g}{where}, everywhere the same",
        "{where}どこでも同じだけ（{given:+.6g}）ずれています。",
    ),
    "wrong": Words(
        "it is not right yet{where}",
        "{where}まだ正しくありません。",
    ),
}

EXAMPLE = Words("{call} gives {given}, expected {wanted}", "{call} は {given}、正解は {wanted}")
OPEN = Words("not answered yet. {start}", "まだ答えがありません。{start}")
RIGHT = Words("right.", "正解です。")
STANDS_IN = Words(
    "Until it is right, slopes found by differences stand in for it.",
    "正解になるまでは、差分で求めた傾きが代わりに使われます。",
)
NO_EXERCISE = Words(
    "lesson {number} has no exercise {name!r}; it has {known}",
    "第 {number} 課に {name!r} という問題はありません。あるのは {known} です。",
)
NOTHING_GIVEN = Words(
    "check needs a function below it, or one value by name: lesson.check(answer=2)",
    "check は、関数の上に @lesson.check と書くか、lesson.check(answer=2) のように使います。",
)
SUMMARY = Words(
    "Lesson {number}: {right} of {count} right.",
    "第 {number} 課: {count} 問中 {right} 問正解。",
)
STILL = Words(" Still to do: {names}.", " 残り: {names}。")
NEXT = Words(" Next: lesson {number}, {title}.", " 次は第 {number} 課「{title}」です。")
PARTS = (
    Words("first", "1 番目"), Words("second", "2 番目"), Words("third", "3 番目"),
    Words("fourth", "4 番目"), Words("fifth", "5 番目"),
)  # fmt: skip
PLACE = Words(", in {part} place,", " {part}の")
SINGLE = Words("a single number", "一つの数")


def finding(hint: str, **given: object) -> Finding:
    """The hint of this kind, filled in."""
    return Finding(hint, HINTS[hint].filled(**given))
