"""The atlas: one page with every activation, made from the declarations; `minigrad atlas`.

Formula, picture, kinks, arguments and source text of each op, and a box to search in.  The page
holds all that it shows: a browser that is not connected to anything reads it as well.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from inspect import Parameter
from pathlib import Path
from typing import TYPE_CHECKING

from .. import layers, receipts
from ..elementwise import Elementwise
from .chart import axes, chart, said, style
from .kernel import source_of
from .plot import Plot, plot
from .svg import safe

if TYPE_CHECKING:
    from ..others import Difference

LEARNED = 0.25  # instead of 0 for what is learned: at 0 PReLU would look like ReLU
TEMPLATE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Atlas of activations</title>
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<style>
:root{--paper:#f1f5f9;--card:#ffffff;--ink:#0f172a;--faint:#64748b;--line:#cbd5e1;--link:#1d4ed8}
@media (prefers-color-scheme:dark){
:root{--paper:#020617;--card:#0f172a;--ink:#f1f5f9;--faint:#94a3b8;--line:#334155;--link:#7cb3ff}}
body{font:15px/1.45 system-ui,sans-serif;margin:0;background:var(--paper);color:var(--ink)}
header{position:sticky;top:0;z-index:1;background:var(--paper);padding:10px 14px;
border-bottom:1px solid var(--line);display:flex;flex-wrap:wrap;gap:8px 16px;align-items:center}
h1{font-size:18px;margin:0}
h2{font-size:17px;margin:0 0 4px}
small,dt{color:var(--faint)}
input{font:inherit;flex:1;min-width:10em;padding:6px 10px;border:1px solid var(--line);
border-radius:6px;background:var(--card);color:var(--ink)}
main{display:grid;gap:14px;padding:14px;align-items:start;
grid-template-columns:repeat(auto-fill,minmax(min(100%,25rem),1fr))}
article{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:12px;
overflow-wrap:anywhere;scroll-margin-top:64px}
article[hidden]{display:none}
p{margin:4px 0}
dl{margin:8px 0}
dd{margin:0 0 4px 1em}
a{color:var(--link)}
code,pre{font:13px ui-monospace,monospace}
pre{overflow-x:auto;padding:8px;background:var(--paper);border-radius:6px}
summary{cursor:pointer;color:var(--faint)}
svg.mgp{width:100%;height:auto;display:block}
PICTURES
@media (max-width:520px){.mgp text{font-size:15px}}
</style></head><body>
<header><h1>Atlas of activations</h1>
<input id="search" type="search" placeholder="name, formula, author, year" aria-label="search">
<small id="count" aria-live="polite">COUNT</small></header>
<main>
CARDS
</main>
<script>
const cards = [...document.querySelectorAll("article")];
const search = document.getElementById("search");
search.oninput = () => {
  const words = search.value.toLowerCase().split(/\\s+/);
  for (const card of cards) {
    card.hidden = !words.every(word => card.textContent.toLowerCase().includes(word));
  }
  const shown = cards.filter(card => !card.hidden).length;
  document.getElementById("count").textContent = shown + " of " + cards.length;
};
</script></body></html>
"""


def write(
    file: str | Path, ops: Mapping[str, Elementwise], differences: Sequence["Difference"] = ()
) -> Path:
    """Write the page of these ops to a file that ends in .html.

    Parameters
    ----------
    file : such as atlas.html.
    ops : declared ops by name, such as `activations.every()`.
    differences : what other frameworks do, such as `others.every()`.
    """
    target = Path(file)
    if target.suffix.lower() not in (".html", ".htm"):
        raise ValueError(f"atlas: {str(file)!r} given; its name must end in .html")
    target.write_text(page(ops, differences), encoding="utf-8")
    return target


def page(ops: Mapping[str, Elementwise], differences: Sequence["Difference"] = ()) -> str:
    """The page.

    >>> from minigrad import activations
    >>> page({"relu": activations.relu}).count("<article")
    1
    """
    cards = [card(op, about(op, differences)) for op in ops.values()]
    parts = {"PICTURES": style(), "COUNT": str(len(cards)), "CARDS": "\n".join(cards)}
    # in one pass: a formula may be called CARDS
    return re.sub("PICTURES|COUNT|CARDS", lambda m: parts[m[0]], TEMPLATE)


def card(op: Elementwise, differences: Iterable["Difference"] = ()) -> str:
    """All that is known of one op."""
    declaration = op.declaration
    formula = (declaration.formula.__doc__ or "").strip()
    also = f" <small>also {safe(', '.join(declaration.also))}</small>" if declaration.also else ""
    shown = pictured(op)
    notes = [] if shown.curves[0].corners else ["no kink, no jump"]
    notes += said(shown.curves)
    source = "\n\n".join(
        source_of(f.declaration.formula) for f in dict.fromkeys((op, *op.partials.values()))
    )
    return "\n".join(
        [
            f'<article id="{safe(op.name)}"><h2>{safe(op.name)}{also}</h2>',
            *(f"<p>{safe(line.strip())}</p>" for line in formula.splitlines()),
            chart(shown.curves, axes(shown.curves, shown.window), rules=""),
            *(f"<p><small>{safe(line)}</small></p>" for line in notes),
            facts(op),
            *others_of(differences),
            f"<details><summary>declaration</summary><pre>{safe(source)}</pre></details>",
            "</article>",
        ]
    )


def pictured(op: Elementwise) -> Plot:
    """The plot on a card: everything at its default, but what is learned not at 0."""
    starts = op.declaration.starts
    return plot(op, **{name: LEARNED for name, start in starts.items() if start == 0})


def facts(op: Elementwise) -> str:
    """Arguments with their ranges, the layer, the source, what a sweep found."""
    declaration = op.declaration
    aliases = {name: alias for alias, name in declaration.aliases.items()}
    rows = []
    for name in (*declaration.inputs[1:], *declaration.numbers):
        learned = name in declaration.inputs
        start = declaration.starts.get(name, declaration.numbers.get(name, Parameter.empty))
        words = f"learned, {declaration.allowed(name)}" if learned else declaration.allowed(name)
        if start is not Parameter.empty:
            words += f"; {'starts from' if learned else 'default'} {start}"
        words += f"; also called {aliases[name]}" if name in aliases else ""
        rows.append((f"<code>{safe(name)}</code>", safe(words)))
    if isinstance(getattr(layers, op.layer_name(), None), type):
        rows.append(("layer", f"<code>layers.{safe(op.layer_name())}</code>"))
    if declaration.source:
        rows.append(("source", linked(declaration.source)))
    if swept := receipts.summary(*op.formulas_for_float32()):
        rows.append(("swept", safe(swept)))
    items = "".join(f"<dt>{name}</dt><dd>{words}</dd>" for name, words in rows)
    return f"<dl>{items}</dl>" if items else ""


def linked(source: str) -> str:
    """A source whose addresses can be followed.

    >>> linked("Maas 2013, https://x.org/a?b&c")
    'Maas 2013, <a href="https://x.org/a?b&amp;c">https://x.org/a?b&amp;c</a>'
    """
    address = re.compile(r"(https?://[^\s;,)<>\"']+)")
    pieces = address.split(source)  # every second piece is an address
    return "".join(
        f'<a href="{safe(piece)}">{safe(piece)}</a>' if k % 2 else safe(piece)
        for k, piece in enumerate(pieces)
    )


def about(op: Elementwise, differences: Iterable["Difference"]) -> list["Difference"]:
    """Those that are about an op, and where somebody does not do as minigrad does."""
    names = "|".join(map(re.escape, (op.name, op.layer_name(), *op.declaration.also)))
    called = re.compile(rf"\b({names})\b(?!=)")
    return [
        row
        for row in differences
        if called.search(row.run) and any(str(v) != row.answer() for v in row.others.values())
    ]


def others_of(differences: Iterable["Difference"]) -> list[str]:
    """Where others differ; what is wrong is bold."""
    items = []
    for row in differences:
        answers = [
            f"<b>{safe(f'{name}: {given}')}</b>" if name in row.wrong else safe(f"{name}: {given}")
            for name, given in row.others.items()
        ]
        question = f"{row.id}: {row.asks}" if row.asks not in row.id else row.id
        told = "; ".join([f"minigrad: {safe(row.answer())}", *answers])
        items.append(f"<dt>{safe(question)}</dt><dd>{told}</dd>")
    if not items:
        return []
    head = f"where others differ ({len(items)}; bold is wrong)"
    return [f"<details><summary>{head}</summary><dl>{''.join(items)}</dl></details>"]
