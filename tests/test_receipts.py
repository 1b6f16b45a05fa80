"""Receipts: those in the repository are whole, repeatable, and within half an ulp.

A receipt of code that has changed since is no failure, for a sweep takes hours: the test that sees
it is skipped, and the summary of the run says which they are.
"""

import json
from datetime import date

import numpy as np
import pytest

from minigrad import activations, receipts
from minigrad.kernels import loops, mathematics
from minigrad.sweep import command
from minigrad.sweep.part import digests, parts
from minigrad.sweep.tally import LABELS, exact_error

EVERY = activations.every()
JOBS = command.jobs(EVERY)
SWEPT = [job for job in JOBS if job.state()[1]]


@pytest.mark.parametrize("job", SWEPT, ids=str)
def test_receipts_are_whole_and_within_half_an_ulp(job):
    state, found = job.state()
    assert state != receipts.MISSING
    assert sorted(r.part for r in found) == sorted(digests(job.op))
    for receipt in found:
        assert receipt.inputs == sum(receipt.histogram.values()) == 2**32
        assert set(receipt.histogram) <= set(LABELS) and 0 <= receipt.judged
        assert 0 <= receipt.max_ulp <= 0.51, receipt
        assert (receipt.worst_input is None) == (receipt.max_ulp == 0)
        assert date.fromisoformat(receipt.date) and "Numba" in receipt.machine


@pytest.mark.parametrize("job", SWEPT, ids=str)
def test_the_worst_input_of_a_receipt_that_holds_is_as_bad_as_it_says(job):
    state, found = job.state()
    known = {r.part: r for r in found}
    for part in parts(job.op, job.setting):
        at = known[part.name].worst_input
        if state == receipts.CURRENT and at is not None:
            assert float(np.float32(at)) == at
            assert exact_error(part, at) == pytest.approx(known[part.name].max_ulp, rel=1e-9)


def test_there_is_no_receipt_of_what_is_not_swept():
    for file in receipts.FOLDER.glob("*.json"):
        settings = [job.settings for job in JOBS if job.op.name == file.stem]
        names = digests(EVERY[file.stem])
        for receipt in receipts.read(file.stem):
            assert receipt.part in names and receipt.settings in settings, file


def test_all_receipts_are_there_and_of_the_code_as_it_is():
    late = [str(job) for job in JOBS if job.state()[0] != receipts.CURRENT]
    if late:
        pytest.skip(f"`minigrad sweep` has to run for {', '.join(late)}")


# What a digest sees, and what it does not


def floor(x):
    return x // 1.0


def never(values):
    return False


def test_a_digest_sees_the_formula_what_it_calls_its_numbers_and_the_loop(monkeypatch):
    def of_silu():
        return receipts.digest(loops.forward(EVERY["silu"].formulas_for_float32()[0]))

    before = of_silu()
    changes = [
        (mathematics.short, "LOG2_E", 1.44),
        (mathematics.short, "nearest", floor),
        (loops, "any_nan", never),
    ]
    for where, name, value in changes:
        with monkeypatch.context() as changed:
            changed.setattr(where, name, value)
            assert of_silu() != before, name
    assert of_silu() == before
    assert receipts.digest(loops.gradient(mathematics.exp)) != receipts.digest(
        loops.forward(mathematics.exp)
    )


FORMULA = "def shifted(x):\n    return exp(x) + 1.0\n"


@pytest.mark.parametrize(
    "text, same",
    [
        (FORMULA, True),
        (FORMULA.replace("\n    return", '\n    """Shifted: exp(x) + 1."""\n    return'), True),
        (FORMULA.replace("return exp(x) + 1.0", "return (exp( x ) + 1.0)  # why"), True),
        (FORMULA.replace("1.0", "2.0"), False),
        (FORMULA.replace("exp(", "expm1("), False),
    ],
)
def test_a_comment_may_change_and_nothing_else(text, same, tmp_path):
    found = []
    for name, content in (("before.py", FORMULA), ("after.py", text)):
        (tmp_path / name).write_text(content)
        names = {"exp": mathematics.exp, "expm1": mathematics.expm1}
        exec(compile(content, str(tmp_path / name), "exec"), names)
        found.append(receipts.digest(loops.forward(names["shifted"])))
    assert (found[0] == found[1]) == same


# What a reader sees


@pytest.fixture
def of_relu6(monkeypatch, tmp_path):
    """Receipts of relu6 as a sweep would write them, in a folder of their own."""
    monkeypatch.setattr(receipts, "FOLDER", tmp_path)
    made = [
        receipts.Receipt(
            part=part, settings={}, digest=digest, inputs=2**32, max_ulp=k * 0.49999999,
            worst_input=1.5 if k else None, histogram={"0": 2**32}, judged=0, date="2026-11-22",
            machine="one", seconds=1.0,
        )
        for k, (part, digest) in enumerate(digests(EVERY["relu6"]).items())
    ]  # fmt: skip
    receipts.write("relu6", made)
    return tmp_path / "relu6.json"


def test_help_and_atlas_quote_receipts_that_hold_and_no_others(of_relu6):
    from minigrad.see import atlas

    line = (
        "all 4,294,967,296 float32 inputs, value and slopes: at most 0.5000 ulp "
        "(x = 1.5 in drelu6_dx), 2026-11-22"
    )
    assert f"Swept: {line}" in EVERY["relu6"].__doc__
    assert line in atlas.card(EVERY["relu6"])
    of_relu6.write_text(of_relu6.read_text().replace('"digest": "', '"digest": "0'))
    assert "Swept" not in EVERY["relu6"].__doc__ and "swept" not in atlas.card(EVERY["relu6"])


def test_an_op_of_yours_has_no_receipts_whatever_its_name(of_relu6):
    def relu6(x):
        return x

    assert receipts.summary(*EVERY["relu6"].formulas_for_float32())
    assert receipts.summary(relu6, []) == ""


def test_a_new_receipt_takes_the_place_of_the_old(of_relu6):
    old = receipts.read("relu6")
    receipts.write("relu6", [old[0]])
    assert sorted(r.part for r in receipts.read("relu6")) == ["drelu6_dx", "relu6"]
    assert len(json.loads(of_relu6.read_text())) == 2


def test_a_broken_file_is_named(of_relu6):
    of_relu6.write_text("[{")
    with pytest.raises(ValueError, match=r"relu6\.json is no list of receipts"):
        receipts.read("relu6")


@pytest.mark.parametrize("error, said", [(0.0, "0"), (0.5, "0.5000"), (0.50000001, "0.5001")])
def test_an_error_is_never_said_to_be_less_than_it_is(error, said):
    assert receipts.ulp(error) == said
