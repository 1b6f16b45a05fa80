"""Pages and a live notebook in Chromium: `pytest -n0 -m browser`, and the pictures to look at.

Nothing may be fetched from elsewhere, nothing may be said on the browser's console, no text may lie
on another, in light and in dark.  PNG pictures of all of it are in pytest's temporary folder, or in
that of `MINIGRAD_SCREENSHOTS`.
"""

import importlib.util
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest

import minigrad as mg
from minigrad import activations, layers, others
from minigrad.see import atlas

pytestmark = pytest.mark.browser
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
SIZES = {"wide": (1280, 900), "narrow": (420, 800)}
# Pairs of texts of the same picture whose letters lie on each other.
OVERLAPS = """() => {
  const found = [];
  for (const svg of document.querySelectorAll("svg.mg, svg.mgp")) {
    const texts = [...svg.querySelectorAll("text")].filter(t => t.textContent.trim());
    const boxes = texts.map(t => t.getBoundingClientRect());
    for (let i = 0; i < boxes.length; i++) for (let k = 0; k < i; k++) {
      const [a, b] = [boxes[i], boxes[k]];
      const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (across > 1 && down > 0.3 * Math.min(a.height, b.height))
        found.push([texts[i].textContent, texts[k].textContent]);
    }
  }
  return found;
}"""
# Texts that reach beyond the picture they belong to.
OUTSIDE = """() => [...document.querySelectorAll("svg.mg text, svg.mgp text")].filter(t => {
  const box = t.getBoundingClientRect();
  const paper = t.closest("svg.mg, svg.mgp").getBoundingClientRect();
  return box.width && (box.right > paper.right + 1 || box.left < paper.left - 1
    || box.bottom > paper.bottom + 1 || box.top < paper.top - 1);
}).map(t => t.textContent)"""


@pytest.fixture(scope="module")
def chromium():
    """A browser without a window."""
    pytest.importorskip(
        "playwright", reason="playwright drives the browser: pip install playwright"
    )
    if CHROMIUM is None:
        pytest.skip("there is no Chromium or Chrome here")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Where the pictures go."""
    folder = os.environ.get("MINIGRAD_SCREENSHOTS")
    made = Path(folder) if folder else tmp_path_factory.mktemp("screenshots")
    made.mkdir(parents=True, exist_ok=True)
    return made


class Window:
    """A page of the browser that notes what it asks for and what it says."""

    def __init__(self, browser, colours="light", size="wide"):
        width, height = SIZES[size]
        self.context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=colours
        )
        self.page = self.context.new_page()
        self.asked, self.said = [], []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on(
            "console",
            lambda told: self.said.append(told.text) if told.type == "error" else None,
        )

    def elsewhere(self):
        """What was asked for that is neither a file nor on this machine."""
        here = r"(file:|data:|blob:|about:|(http|ws)://(127\.0\.0\.1|localhost)[:/])"
        return [url for url in self.asked if not re.match(here, url)]

    def check(self):
        """No network, no complaint, no text on another or outside of its picture."""
        assert self.elsewhere() == [] and self.said == []
        assert self.page.evaluate(OVERLAPS) == [] and self.page.evaluate(OUTSIDE) == []


def neuron():
    """A small graph after backward."""
    x = mg.Tensor([1.0, 2.0])
    w = mg.Tensor([0.5, -1.0], requires_grad=True, name="w")
    b = mg.Tensor(0.25, requires_grad=True, name="b")
    loss = (activations.tanh((x * w).sum() + b) - 1.0) ** 2
    loss.backward()
    return loss


def square(name):
    a = mg.Tensor(3.0, requires_grad=True, name=name)
    return a * a


def trained(seed=0):
    data = mg.datasets.moons(seed=seed)
    model = mg.Sequential([layers.Dense(8, "tanh", seed=1), layers.Dense(2, "softmax", seed=2)])
    model.compile(mg.optimizers.Adam(0.02), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(
        data.x_train, data.y_train, epochs=8, verbose=0, seed=0, validation_split=0.2
    )
    return model, data, history


def joined():
    """A model with branches."""
    x = layers.Input((4,))
    hidden = layers.Dense(8, "relu")(x)
    return mg.Model(x, layers.Dense(1)(layers.Concatenate()([x, hidden, layers.Dense(3)(hidden)])))


def pages(folder):
    """All pages that minigrad writes, by name."""
    model, data, history = trained()
    nasty = "<img src=x onerror=alert(1)>名前"
    made = {
        "stepper": mg.step(neuron()).save,
        "nasty": mg.step(square(nasty), **{"平方</script>": mg.Tensor(0.0)}).save,
        "draw": mg.draw(neuron()).save,
        "plot": mg.plot(activations.relu, alpha=0.1).save,
        "plots": mg.plot(*(getattr(activations, n) for n in ("relu", "elu", "gelu", "mish"))).save,
        "curves": mg.curves(history).save,
        "several": mg.curves(small=history, longer={"loss": [1.0, 0.01, 1e-4]}).save,
        "boundary": mg.boundary(model, data.x_train, data.y_train).save,
        "diagram": mg.diagram(joined()).save,
    }
    for name, save in made.items():
        yield name, save(folder / f"{name}.html")
    yield "atlas", atlas.write(folder / "atlas.html", activations.every(), others.every())


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_every_page_is_quiet_whole_and_readable(chromium, pictures, tmp_path, colours, size):
    for name, file in pages(tmp_path):
        window = Window(chromium, colours, size)
        window.page.goto(file.as_uri())
        window.page.screenshot(path=pictures / f"{name}-{colours}-{size}.png")
        window.check()
        window.context.close()


def test_a_page_that_is_none_of_it_is_seen(chromium, tmp_path):
    file = tmp_path / "wrong.html"
    text = '<text x="{}" y="20">{}</text>'
    inside = text.format(5, "one") + text.format(8, "two") + text.format(95, "beyond")
    file.write_text(
        f'<svg class="mg" width="100" height="30">{inside}</svg>'
        '<img src="http://example.invalid/a.png"><script>console.error("no")</script>'
    )
    window = Window(chromium)
    window.page.goto(file.as_uri())
    assert window.elsewhere() == ["http://example.invalid/a.png"]
    assert "no" in window.said
    assert window.page.evaluate(OVERLAPS) == [["two", "one"]]
    assert window.page.evaluate(OUTSIDE) == ["beyond"]


def test_the_stepper_goes_forward_and_back(chromium, pictures, tmp_path):
    loss = neuron()
    window = Window(chromium)
    window.page.goto(mg.step(loss).save(tmp_path / "steps.html").as_uri())
    look = "() => document.getElementById('stepper').innerHTML"
    states = [window.page.evaluate(look)]
    for key in ("ArrowRight", "n", "ArrowRight", "n", "n", "n"):
        window.page.keyboard.press(key)
        states.append(window.page.evaluate(look))
    assert len(set(states)) == 7 and "6 of 6" in states[-1]
    window.page.keyboard.press("ArrowRight")
    assert window.page.evaluate(look) == states[-1]
    window.page.click(".back")
    for before in states[4::-1]:
        window.page.keyboard.press("ArrowLeft")
        assert window.page.evaluate(look) == before
    for _ in range(4):
        window.page.keyboard.press("n")
    window.page.screenshot(path=pictures / "stepper-moved.png")
    window.check()


def test_the_atlas_finds(chromium, tmp_path):
    window = Window(chromium)
    file = atlas.write(tmp_path / "atlas.html", activations.every())
    window.page.goto(file.as_uri())
    window.page.fill("#search", "clevert")
    shown = window.page.locator("article:visible h2").all_inner_texts()
    assert shown and all("elu" in name for name in shown) and len(shown) < 6
    window.check()


def test_a_slider_moves_the_curve(chromium, tmp_path):
    window = Window(chromium)
    window.page.goto(mg.plot(activations.elu).save(tmp_path / "elu.html").as_uri())
    window.page.locator("input").press("Home")
    assert "elu(alpha=" in window.page.inner_text("#picture")
    window.check()


CELLS = [
    "import warnings; import minigrad as mg; from minigrad import activations, layers",
    "x = mg.Tensor([1.0, 2.0]); w = mg.Tensor([0.5, -1.0], requires_grad=True, name='w')\n"
    "b = mg.Tensor(0.25, requires_grad=True, name='b')\n"
    "loss = (activations.tanh((x * w).sum() + b) - 1.0) ** 2; loss.backward()\nmg.draw(loss)",
    "walk = mg.step(loss)\nwalk",
    "mg.plot(activations.elu)",
    "mg.explain(loss)",
    "t = mg.Tensor([[1.0, -2.0, 3.0], [0.5, 0.0, -1.0]], requires_grad=True)\n"
    "(t * t).sum().backward()\nt",
    "data = mg.datasets.moons(seed=0)\n"
    "model = mg.Sequential([layers.Dense(8, 'tanh', seed=1), layers.PReLU(), "
    "layers.Dense(2, 'softmax', seed=2)])\n"
    "model.compile(mg.optimizers.Adam(0.02), 'sparse_categorical_crossentropy')\n"
    "monitor = mg.callbacks.Monitor(data.x_train)\n"
    "history = model.fit(data.x_train, data.y_train, epochs=4, seed=0, validation_split=0.2, "
    "callbacks=monitor)",
    "history",
    "model",
    "mg.boundary(model, data.x_train, data.y_train)",
]


class Lab:
    """A JupyterLab of its own, whose settings and files are in a temporary folder."""

    def __init__(self, folder, colours):
        self.folder, self.port = folder, free_port()
        theme = {"theme": "JupyterLab Dark" if colours == "dark" else "JupyterLab Light"}
        disabled = {"@jupyterlab/apputils-extension:announcements": True}
        write(folder / "settings/@jupyterlab/apputils-extension/themes.jupyterlab-settings", theme)
        write(folder / "config/labconfig/page_config.json", {"disabledExtensions": disabled})
        notebook = {"cells": [cell(text) for text in CELLS], "nbformat": 4, "nbformat_minor": 5}
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        write(folder / "files/seen.ipynb", notebook | {"metadata": {"kernelspec": kernel}})
        own = {
            "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
            "JUPYTER_CONFIG_DIR": str(folder / "config"),
            "JUPYTER_DATA_DIR": str(folder / "data"),
            "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
            "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
            "IPYTHONDIR": str(folder / "ipython"),
            "PYTHONPATH": str(Path(__file__).parents[1]),
        }
        command = [
            sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root",
            "--expose-app-in-browser", f"--port={self.port}", "--ServerApp.port_retries=0",
            "--IdentityProvider.token=", f"--ServerApp.root_dir={folder / 'files'}",
            "--LabApp.extension_manager=readonly",
        ]  # fmt: skip
        self.log = open(folder / "log.txt", "w")
        self.process = subprocess.Popen(
            command, env=os.environ | own, stdout=self.log, stderr=self.log, cwd=folder
        )

    def wait(self, seconds=60):
        """Until it answers."""
        for _ in range(10 * seconds):
            with suppress(OSError):
                return urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api").read()
            assert self.process.poll() is None, (self.folder / "log.txt").read_text()[-2000:]
            time.sleep(0.1)
        raise AssertionError("JupyterLab does not answer")

    def close(self):
        self.process.terminate()  # ends its kernels too
        self.process.wait(20)
        self.log.close()


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def write(file, content):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content))


def cell(text):
    return {
        "cell_type": "code", "id": f"c{abs(hash(text))}", "source": text, "outputs": [],
        "execution_count": None, "metadata": {},
    }  # fmt: skip


def run_all(page, count):
    """Run all cells, and wait for the last."""
    page.wait_for_function("() => window.jupyterapp?.shell?.currentWidget?.context?.isReady")
    kernel = "window.jupyterapp.shell.currentWidget.sessionContext.session?.kernel"
    page.wait_for_function(f"() => {kernel}?.status === 'idle'")
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
    page.wait_for_selector(f".jp-InputPrompt:text-is('[{count}]:')", timeout=120_000)
    page.wait_for_timeout(1500)  # what widgets say to the kernel at first


def ask(page, text):
    """Run one more cell, at the end."""
    page.evaluate(
        """async (text) => {
          const app = window.jupyterapp;
          const content = app.shell.currentWidget.content;
          content.activeCellIndex = content.widgets.length - 1;
          await app.commands.execute("notebook:insert-cell-below");
          content.activeCell.model.sharedModel.setSource(text);
          await app.commands.execute("notebook:run-cell");
        }""",
        text,
    )


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_a_live_notebook_shows_all_of_it(chromium, pictures, tmp_path, colours):
    for module in ("jupyterlab", "ipywidgets", "anywidget"):
        if importlib.util.find_spec(module) is None:
            pytest.skip(f"{module} is missing: pip install -e '.[browser]'")
    lab = Lab(tmp_path, colours)
    try:
        lab.wait()
        window = Window(chromium, colours)
        page = window.page
        page.set_viewport_size({"width": 1280, "height": 6000})
        page.goto(f"http://127.0.0.1:{lab.port}/lab/tree/seen.ipynb")
        run_all(page, len(CELLS))
        page.screenshot(path=pictures / f"notebook-{colours}.png")
        assert page.locator(".jp-RenderedText[data-mime-type*=stderr]").all_inner_texts() == []

        stepper = page.locator(".mg-stepper")
        assert stepper.locator(".count").inner_text() == "0 of 6"
        stepper.locator(".forward").click()
        stepper.press("ArrowRight")
        assert stepper.locator(".count").inner_text() == "2 of 6"

        plot = page.locator(".jupyter-widgets .mgp", has_text="elu").first
        before = plot.text_content()
        page.locator(".widget-hslider .noUi-handle").first.focus()
        page.keyboard.press("ArrowLeft")
        page.wait_for_function("() => document.body.innerText.includes('elu(alpha=')")
        assert plot.text_content() != before

        ask(page, "walk.forward(); print(walk.position)")
        page.wait_for_selector(".mg-stepper .count:text-is('3 of 6')")
        assert "3" in page.locator(".jp-OutputArea-output").last.inner_text()
        page.screenshot(path=pictures / f"notebook-{colours}-moved.png")

        assert window.elsewhere() == [] and window.said == []
        assert page.evaluate(OVERLAPS) == [] and page.evaluate(OUTSIDE) == []
    finally:
        lab.close()
