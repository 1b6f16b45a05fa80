import json
import os
import sys
from contextlib import ExitStack

import numpy as np
import pytest
from rich.console import Console

from minigrad.__main__ import main
from minigrad.bench import (
    IDEAS,
    activations,
    chart,
    machine,
    memory,
    nets,
    page,
    startup,
    turns,
    worker,
)
from minigrad.bench.figures import Cell, Figures, load, save
from minigrad.bench.sides import FITTED, MINIGRAD, TORCH, Side, present
from minigrad.bench.train import NETS, maker


def figures(what="ops", ours=(2.0, 1.0, 3.0), theirs=(4.0,), goal=0.4):
    ratio = "minigrad / PyTorch"
    cell = Cell(("relu",), {"minigrad": list(ours), "PyTorch": list(theirs)}, {ratio: goal})
    sides = "minigrad", "PyTorch"
    return Figures(
        what, "an op", ("op",), sides, (ratio,), "us", 1.0, (), [cell], [], 1, "2026-11-22",
        "minigrad bench ops", {"processor": "fast"},
    )  # fmt: skip


def loss_in_numpy(widths, batch, weights):
    """The loss of a net in float64, written apart from all libraries."""
    y, labels = nets.examples(widths, batch)
    for w, b, *alpha in weights:
        y = y.astype(float) @ w + b
        y = np.where(y > 0, y, alpha[0] * y) if alpha else y
    y = y - y.max(axis=1, keepdims=True)
    return np.mean(np.log(np.exp(y).sum(axis=1)) - y[np.arange(batch), labels])


LIBRARIES = {
    "fitted": None, "torch": "torch", "jax": "jax", "mygrad": "mygrad",
    "keras": "keras",
}  # fmt: skip


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
def test_every_library_takes_the_same_steps(library, optimizer):
    if LIBRARIES[library]:
        pytest.importorskip(LIBRARIES[library], reason=f"{library} is not installed")
    net = "2-16-16-2, batch 32"
    ours, theirs = maker("minigrad")(net, optimizer), maker(library)(net, optimizer)
    losses = [ours() for _ in range(5)]
    np.testing.assert_allclose([theirs() for _ in range(5)], losses, rtol=1e-4)
    widths, batch, _ = NETS[net]
    np.testing.assert_allclose(losses[0], loss_in_numpy(widths, batch, nets.start(widths)), 1e-6)
    assert losses[4] < losses[0]


@pytest.mark.parametrize("name", activations.NAMES)
def test_both_sides_compute_the_same_activation(name):
    pytest.importorskip("torch", reason="PyTorch is not installed")
    ours, theirs = (make(name, "forward", "64")() for make in SIDES_OF_ACTIVATIONS)
    np.testing.assert_allclose(ours.data, theirs.numpy(), rtol=2e-5, atol=1e-6)


SIDES_OF_ACTIVATIONS = activations.with_minigrad, activations.with_torch


@pytest.mark.parametrize("name", ["relu", "gelu by tanh", "prelu", "glu"])
def test_forward_and_backward_runs_on_both_sides(name):
    pytest.importorskip("torch", reason="PyTorch is not installed")
    for make in SIDES_OF_ACTIVATIONS:
        make(name, "forward + backward", "64")()


def test_medians_and_ratios_of_turns():
    cell = figures().cells[0]
    assert (cell.value("minigrad"), cell.value("minigrad / PyTorch")) == (2.0, 0.5)
    assert cell.missed("minigrad / PyTorch") and not cell.missed("minigrad")
    assert cell.value("JAX jit / PyTorch") is None


def test_geometric_means_of_groups_and_of_all_that_share_the_first_word():
    found = activations.figures(quick=True)
    for cell in found.cells:
        ours = {"64": 1.0, "4,096": 2.0, "1 M": 4.0}[cell.case[2]]
        cell.turns = {"minigrad": [ours], "PyTorch": [2.0 if cell.case[1] == "forward" else 1.0]}
    means = {group: mean for group, _, mean in found.means()}
    assert len(means) == 2 + 6
    assert means[("forward",)] == pytest.approx(1) and means[("forward", "1 M")] == 2


def test_a_goal_that_is_reached_is_not_missed():
    assert figures(goal=0.5).missed() == [] and len(figures(goal=0.49).missed()) == 1


def test_figures_are_the_same_after_json(tmp_path):
    file = tmp_path / "figures.json"
    save(file, {"ops": figures()})
    assert load(file) == {"ops": figures()}
    assert os.listdir(tmp_path) == ["figures.json"]


def test_another_json_file_is_refused_in_one_line(tmp_path):
    (tmp_path / "a.json").write_text('{"ops": 3}')
    with pytest.raises(ValueError, match=r"^bench: .*a.json is not a file of .*--json"):
        load(tmp_path / "a.json")


def test_the_page_has_every_figure_and_marks_what_missed_its_goal():
    text = page.markdown({"ops": figures()}, "a.png")
    assert "| relu | 2.00 | 4.00 | **0.50** |" in text and "![" in text and "fast" in text
    assert (
        "above their goal: 1 of 1" in text and "2026-11-22, `minigrad bench ops`, rounds: 1" in text
    )
    assert "## Measured on\n\n- ops: processor: fast\n" in text
    assert "**" not in page.markdown({"ops": figures(goal=0.5)}).split("## ")[1]


def test_the_page_is_what_the_figures_of_the_repository_give(request):
    docs = request.config.rootpath / "docs"
    found = load(docs / "benchmarks.json")
    assert set(found) <= set(IDEAS)
    link = "pictures/benchmarks.png"
    assert (docs / link).exists()
    assert (docs / "benchmarks.md").read_text() == page.markdown(found, link)


def test_many_libraries_stand_below_each_other(monkeypatch):
    monkeypatch.setattr(page, "MOST", 2)
    rows = [[words for words, _ in row] for row in page.table(figures())]
    assert [row[0] for row in rows] == ["op", "minigrad, us", "PyTorch, us", "minigrad / PyTorch"]


def test_a_picture_of_figures(tmp_path):
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    found = {"activations": activations.figures(quick=True), "ops": figures()}
    for cell in found["activations"].cells:
        cell.turns = {"minigrad": [1.0], "PyTorch": [2.0]}
    chart.draw(found, str(tmp_path / "a.png"))
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(ValueError, match="no figures to draw"):
        chart.draw({}, str(tmp_path / "b.png"))


def test_a_worker_takes_the_time_of_what_it_is_asked_for():
    calls = []
    worker.warm(lambda: calls.append(1), seconds=0)
    assert len(calls) == worker.WARM_CALLS
    assert 0 < worker.median(lambda: sum(range(1000)), seconds=0.01) < 1


def asked(*cases, library="minigrad", idea="ops"):
    with ExitStack() as stack:
        (one,) = stack.enter_context(
            turns.workers(idea, [Side("minigrad", library)], sys.executable)
        )
        return [one.ask(case, 0.001) for case in cases]


def test_a_library_runs_in_a_process_that_answers_what_it_can():
    time, missing, error = asked(("relu",), ("elu",), ("relu", "2"), library="numpy")
    assert 0 < time < 60 and missing is None and "TypeError" in error["error"]


def test_a_process_that_ends_is_one_line():
    (answer,) = asked(("relu",), library="nope")
    assert answer == {"error": "KeyError: 'nope'"}


def test_what_fails_in_another_library_is_noted_and_in_minigrad_an_error():
    class Stopped:
        side = TORCH

    found, answer = figures(), {"error": "RuntimeError: no"}
    for _ in range(2):
        turns.add(found, found.cells[0], Stopped(), answer)
    assert found.notes == ["PyTorch failed first at relu: RuntimeError: no"]
    Stopped.side = MINIGRAD
    with pytest.raises(RuntimeError, match="^bench: minigrad failed first at relu: Ru.*no$"):
        turns.add(found, found.cells[0], Stopped(), answer)


def test_only_what_is_installed_is_measured():
    assert present([MINIGRAD, FITTED, TORCH], {"jax": "1"}) == [MINIGRAD, FITTED]
    assert turns.installed(sys.executable).get("numpy") is None


def test_ops_end_to_end_without_another_library(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(turns, "installed", lambda python: {})
    file, text = tmp_path / "a.json", tmp_path / "a.md"
    found = [f"--json={file}", f"--page={text}"]
    assert main(["bench", "ops", "--quick", *found]) == 0
    assert "relu" in capsys.readouterr().out
    (cell, _) = json.loads(file.read_text())["ops"]["cells"]
    assert len(cell["turns"]["minigrad"]) == turns.TURNS
    before = text.read_text()
    text.unlink()
    assert main(["bench", "page", *found]) == 0
    assert text.read_text() == before and "relu" in before


def test_startup_is_measured_in_fresh_processes():
    found = startup.figures(quick=True)
    found.cells = found.cells[:2]  # the others compile
    startup.measure(found, [MINIGRAD], sys.executable, 1, Console(quiet=True))
    assert all(0 < cell.value("minigrad") < 60 for cell in found.cells)


@pytest.mark.skipif(not os.path.exists("/proc/self/clear_refs"), reason="only Linux tells the peak")
def test_the_peak_of_memory_is_that_of_the_arrays_made(run_python):
    script = """
import numpy as np
from minigrad.bench import memory
memory.with_minigrad = lambda name: (lambda: None, lambda: np.ones(50_000_000, np.uint8).sum())
print(memory.peak("minigrad", "relu"))
"""
    assert 45e6 < float(run_python(script)) < 70e6
    assert memory.figures(quick=True).cells[0].case == ("relu",)


@pytest.mark.parametrize("wrong, says", [
    (["ops", "--rounds", "0"], "--rounds 0 given"),
    (["ops", "--json", "/nowhere/a.json"], "--json /nowhere/a.json given"),
    (["page"], "page needs --json FILE"),
    (["ops", "--python", "/nowhere/python"], "/nowhere/python"),
])  # fmt: skip
def test_what_cannot_work_is_refused_before_measuring(capsys, wrong, says):
    assert main(["bench", *wrong]) == 2
    error = capsys.readouterr().err
    assert says in error and error.count("\n") == 1


def test_rounds_end_when_they_would_take_too_long(monkeypatch):
    monkeypatch.setattr(turns, "PATIENCE", 0.0)
    found = figures()
    found.cells[0].turns = {}
    turns.in_turns(found, [MINIGRAD], sys.executable, 3, 0.001, Console(quiet=True))
    assert found.rounds == 1 and "1 of 3 rounds" in found.notes[0]


def test_the_machine_is_described():
    found = machine.describe({"torch": "2.0"})
    assert found["beside"] == "torch 2.0" and found["processor"] and "numba" in found["packages"]
    assert found["cores"].startswith(str(machine.cores()))
