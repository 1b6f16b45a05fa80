"""The stepper's page: one picture, and a list of what changes at each step.  Nothing is fetched."""

import json
import re
from typing import Any

from .svg import safe

TEMPLATE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>TITLE</title>
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<style>
body{font:15px system-ui,sans-serif;margin:16px}
#picture{overflow:auto;max-height:65vh}
#told{font:14px ui-monospace,monospace;white-space:pre-wrap;min-height:5em}
button{font:inherit;padding:4px 12px}
.mg .waiting .gradient{visibility:hidden}
.mg .now>.box{stroke:#ea580c;stroke-width:3}
.mg .now>.op{stroke:#ea580c;stroke-width:3}
.mg .now .edge,.mg .now.line .edge{stroke:#ea580c;stroke-width:2.5}
.mg .now .tip{fill:#ea580c}
</style></head><body>
<h1 style="font-size:18px">TITLE</h1>
<p><button id="back">&#9664; back</button> <button id="forward">forward &#9654;</button>
<input id="where" type="range" min="0" value="0" aria-label="position"> <span id="count"></span>
<small>keys: &#8592; &#8594;</small></p>
<div id="told" aria-live="polite"></div>
<div id="picture">PICTURE</div>
<script type="application/json" id="states">STATES</script>
<script>
const states = JSON.parse(document.getElementById("states").textContent);
const find = id => document.getElementById(id);
const boxes = [...document.querySelectorAll("[data-box]")];
const lines = [...document.querySelectorAll(".line")];
let position = 0;
function show(next) {
  position = Math.max(0, Math.min(states.length - 1, next));
  const now = states[position];
  const known = new Map(states.slice(0, position + 1).flatMap(state => state.sets));
  boxes.forEach((box, k) => {
    box.classList.toggle("now", k === now.box);
    box.classList.toggle("waiting", !known.has(k));
    const words = box.querySelector(".gradient");
    if (words && known.has(k)) words.textContent = known.get(k);
  });
  lines.forEach(line => line.classList.toggle("now",
    Number(line.dataset.to) === now.box && now.from.includes(Number(line.dataset.from))));
  find("told").textContent = now.text;
  find("count").textContent = position + " of " + (states.length - 1);
  find("where").value = position;
  find("back").disabled = position === 0;
  find("forward").disabled = position === states.length - 1;
  boxes[now.box]?.scrollIntoView({block: "nearest", inline: "center"});
}
find("where").max = states.length - 1;
find("where").oninput = event => show(Number(event.target.value));
find("back").onclick = () => show(position - 1);
find("forward").onclick = () => show(position + 1);
document.addEventListener("keydown", event => {
  if (event.target.id === "where") return;
  if (event.key === "ArrowRight" || event.key === "n") show(position + 1);
  if (event.key === "ArrowLeft" || event.key === "p") show(position - 1);
});
show(0);
</script></body></html>
"""


def page(title: str, picture: str, states: list[dict[str, Any]]) -> str:
    """The page.  In JSON, `<` is written by number, so that no text can end the script."""
    told = json.dumps(states).replace("<", "\\u003c")
    parts = {"TITLE": safe(title), "PICTURE": picture, "STATES": told}
    # in one pass: a name may be STATES
    return re.sub("TITLE|PICTURE|STATES", lambda m: parts[m[0]], TEMPLATE)
