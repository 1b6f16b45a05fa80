"""The stepper's page: one picture, and a list of what changes at each step.  Nothing is fetched.

`stepper.js` shows a step; on a page it gets the picture and the steps from the page, in a notebook
from Python, by way of anywidget.
"""

import json
import re
from pathlib import Path
from typing import Any

from .svg import PAGE, safe

SCRIPT = Path(__file__).with_name("stepper.js").read_text(encoding="utf-8")
RULES = """
.mg-stepper{font:15px system-ui,sans-serif}
.mg-stepper .bar{display:flex;flex-wrap:wrap;gap:6px 10px;align-items:center}
.mg-stepper .count{font-variant-numeric:tabular-nums;min-width:5em}
.mg-stepper .picture{overflow:auto;max-height:65vh}
.mg-stepper .picture svg{display:block;max-width:100%;height:auto}
.mg-stepper input{flex:1;min-width:6em;max-width:24em}
.mg-stepper .told{font:14px/1.4 ui-monospace,monospace;white-space:pre-wrap;
overflow-wrap:anywhere;min-height:4.6em;margin:10px 0}
.mg-stepper button{font:inherit;padding:4px 12px}
.mg-stepper .mg .waiting .gradient{visibility:hidden}
.mg-stepper .mg .now>.box,.mg-stepper .mg .now>.op{stroke:#ea580c;stroke-width:3}
.mg-stepper .mg .now .edge,.mg-stepper .mg .now.line .edge{stroke:#ea580c;stroke-width:2.5}
.mg-stepper .mg .now .tip{fill:#ea580c}
"""
TEMPLATE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>TITLE</title>
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<style>
PAGE
h1{font:bold 18px system-ui,sans-serif}RULES</style></head><body>
<h1>TITLE</h1>
<div id="stepper">PICTURE</div>
<script type="application/json" id="states">STATES</script>
<script>
SCRIPT
const el = document.getElementById("stepper");
const kept = {
  picture: el.innerHTML,
  states: JSON.parse(document.getElementById("states").textContent),
  position: 0,
};
const model = { get: (name) => kept[name], set() {}, save_changes() {}, on() {} };
render({ model, el, keys: document });
</script></body></html>
"""


def page(title: str, picture: str, states: list[dict[str, Any]]) -> str:
    """The page.  In JSON, `<` is written by number, so that no text can end the script."""
    told = json.dumps(states).replace("<", "\\u003c")
    parts = {
        "TITLE": safe(title),
        "PAGE": PAGE,
        "RULES": RULES,
        "PICTURE": picture,
        "STATES": told,
        "SCRIPT": SCRIPT,
    }
    # in one pass: a name may be STATES
    return re.sub("TITLE|PAGE|RULES|PICTURE|STATES|SCRIPT", lambda m: parts[m[0]], TEMPLATE)
