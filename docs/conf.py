"""The site: README, lessons, pages and API, built by `sphinx-build -W -c docs . build/site`.

The folder of the sources is the repository itself, so that the links between its pages lead to the
same places on the site; what is not a page of the site is not looked at.
"""

import hashlib
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path[:0] = [str(HERE), str(ROOT)]
# lessons run with this minigrad, and leave no trace in a student's progress
os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
os.environ["MINIGRAD_LEARN_DIR"] = str(ROOT / "build" / "course")

import minigrad  # noqa: E402

project = "minigrad"
version = release = minigrad.__version__
extensions = ["myst_nb", "sphinx.ext.autodoc", "building"]
root_doc = "README"
include_patterns = ["*.md", "docs/*.md", "docs/api/**", "tutorials/**.ipynb", "tutorials/**.md"]
exclude_patterns = [".*", "build"]
nitpicky = True
nitpick_ignore_regex = [("py:obj", ".*"), ("py:class", ".*")]  # `x` is often just an argument
default_role = "py:obj"
highlight_language = "none"
html_theme = "furo"
pygments_dark_style = "github-dark"
html_title = "minigrad"
html_static_path = ["site.css", "api/pictures.css"]
html_css_files = ["pictures.css", "site.css"]
html_copy_source = html_show_sourcelink = html_show_copyright = False
smartquotes = False
html_math_renderer = "mathml"
BRAND = "color-brand-primary", "color-brand-content", "color-api-name", "color-brand-visited"
html_theme_options = {
    "light_css_variables": dict.fromkeys(BRAND, "#1d4ed8"),  # the blue of the pictures
    "dark_css_variables": dict.fromkeys(BRAND, "#7cb3ff"),
}
autodoc_typehints = "none"
autodoc_member_order = "bysource"
myst_enable_extensions = ["amsmath", "dollarmath"]
myst_heading_anchors = 4


def digest() -> str:
    """What minigrad is made of: a lesson is run again when that, or the lesson, has changed."""
    files = sorted((ROOT / "minigrad").rglob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


nb_execution_mode = "cache"
nb_execution_cache_path = str(ROOT / "build" / f"lessons-{digest()}")
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_merge_streams = True  # what a cell prints is one piece, however it arrives
nb_kernel_rgx_aliases = {".*": "python3"}
# Widgets need a script from a CDN and a kernel; their pictures are shown instead.
nb_ipywidgets_js: dict[str, object] = {}
nb_mime_priority_overrides = [("*", "application/vnd.jupyter.widget-view+json", None)]
