"""Words: a text in English and in Japanese, which say the same."""

import re
from typing import Any, NamedTuple

LANGUAGES = ("en", "ja")
# A space between two Japanese letters, left by a name that was filled in.
WIDE = r"[\u3000-\u30ff\u4e00-\u9fff\uff00-\uffef]"
BETWEEN = re.compile(rf"(?<={WIDE}) +(?={WIDE})")


class Words(NamedTuple):
    """One text in both languages; `{names}` in it are filled in later."""

    en: str
    ja: str

    def said(self, lang: str) -> str:
        """The text in one of the languages."""
        return self.ja if lang == "ja" else self.en

    def filled(self, **given: Any) -> "Words":
        """Both texts with names filled in; what is given may be Words too.

        >>> Words("for {x}", "{x} で").filled(x="x < 0")
        Words(en='for x < 0', ja='x < 0 で')
        """

        def one(lang: str) -> str:
            plain = {k: v.said(lang) if isinstance(v, Words) else v for k, v in given.items()}
            return self.said(lang).format(**plain)

        en, ja = (one(lang) for lang in LANGUAGES)
        return Words(en, BETWEEN.sub("", ja))


def same(text: str) -> Words:
    """What is written alike in both: a formula, a number."""
    return Words(text, text)
