"""The record: its running sums are the gradients, bit for bit, and taking it changes nothing."""

import json
import sys

import numpy as np
import pytest
from test_random_programs import OPS, ORACLE, random_program, run

import minigrad.tensor
from minigrad import Tensor, activations, no_grad, ops, trace
from minigrad.see import record


def random_loss(seed):
    rng = np.random.default_rng(seed)
    leaves, steps = random_program(rng, list(ORACLE))
    dtype = [np.float32, np.float64][seed % 2]
    tensors = [Tensor(x, requires_grad=True, dtype=dtype) for x in leaves]
    loss = Tensor(0.0, dtype=dtype)
    for value in run(OPS, steps, tensors):
        loss = loss + (value * value).sum()
    return tensors, loss


def same_bits(a, b):
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


def totals_differ_from_gradients(found):
    """Whether a running sum is not what backward has left in the graph."""
    return any(
        not same_bits(np.asarray(total), found.graph.values[k].gradient)
        for k, total in found.totals().items()
    )


def nodes_below(node):
    found, waiting = {node}, [node]
    while waiting:
        for parent in waiting.pop().parents:
            if parent is not None and parent not in found:
                found.add(parent)
                waiting.append(parent)
    return found


def contents(tensor):
    """All that a graph holds, by identity and by bits."""
    return {
        id(node): (
            id(node.saved), node.spent, id(node.value), id(node.gradient),
            None if node.value is None else node.value.tobytes(),
            None if node.gradient is None else node.gradient.tobytes(),
        )
        for node in nodes_below(tensor.node)
    }  # fmt: skip


def test_running_sums_are_the_gradients_bit_for_bit():
    for seed in range(200):
        _, loss = random_loss(seed)
        before = record(loss)
        loss.backward()
        after = record(loss)
        assert not totals_differ_from_gradients(after), seed
        for a, b in zip(before.totals().values(), after.totals().values(), strict=True):
            assert same_bits(np.asarray(a), np.asarray(b)), seed


def test_a_record_that_adds_up_otherwise_is_found(monkeypatch):
    module = sys.modules["minigrad.see.record"]  # the package gives this name to the function
    add_up = module.add_up
    monkeypatch.setattr(module, "add_up", lambda a, b: np.nextafter(add_up(a, b), a.dtype.type(9)))
    losses = [random_loss(seed)[1] for seed in range(20)]
    for loss in losses:
        loss.backward()
    assert any(totals_differ_from_gradients(record(loss)) for loss in losses)


def test_taking_a_record_changes_nothing():
    for seed in range(40):
        tensors, loss = random_loss(seed)
        before = contents(loss)
        record(loss).to_json()
        assert contents(loss) == before
        assert all(t.grad is None for t in tensors)
        loss.backward()
        before = contents(loss)
        str(record(loss))
        assert contents(loss) == before


def test_a_record_can_be_checked_by_hand_from_its_json():
    x, w = (Tensor(v, requires_grad=True, name=n) for v, n in ((3.0, "x"), (-2.0, "w")))
    y = activations.tanh(x * w + w) * x
    y.backward()
    told = json.loads(record(y).to_json())
    sums = {told["values"][-1]["id"]: told["seed"]}
    for step in told["steps"]:
        assert step["gy"] == sums[step["output"]]
        for use in step["uses"]:
            np.testing.assert_allclose(use["share"], step["gy"] * use["slope"], rtol=1e-6)
            so_far = np.float32(sums[use["of"]]) if use["of"] in sums else np.float32(0)
            assert use["total"] == so_far + np.float32(use["share"])
            sums[use["of"]] = use["total"]
    grads = {v["name"]: v["grad"] for v in told["values"] if v["kind"] == "leaf"}
    assert grads == {"x": float(x.grad), "w": float(w.grad)}
    assert all(sums[v["id"]] == v["grad"] for v in told["values"] if v["grad"] is not None)


def test_json_has_words_for_numbers_that_it_does_not_know():
    x = Tensor([0.0, -1.0, 1.0], requires_grad=True)
    y = ops.log(x).sum()
    y.backward()
    told = json.loads(record(y).to_json(), parse_constant=pytest.fail)
    assert told["steps"][1]["uses"][0]["share"] == ["inf", "nan", 1.0]


def test_without_backward_a_record_says_so_and_tells_what_it_would_do():
    a = Tensor(2.0, requires_grad=True)
    found = record(a * a)
    assert found.notes == ["Backward has not been called; this is what it would do."]
    assert found.steps[0].uses[1].total == 4 and a.grad is None
    (y := a * a).backward()
    assert record(y).notes == []


def test_what_a_gradient_holds_from_other_calls_is_said():
    a = Tensor(2.0, requires_grad=True, name="a")
    (a * 3).backward()
    y = a * a
    y.backward()
    assert record(y).notes == ["a.grad holds more: other backward calls added to it."]


def test_a_record_from_the_middle_starts_from_what_backward_left_there():
    a = Tensor(1.0, requires_grad=True)
    b = a + a
    (b * 5).backward()
    found = record(b)
    assert found.seed == 5 and found.symbol == "L" and found.steps[0].uses[1].total == a.grad == 10


def test_large_arrays_that_backward_has_freed_are_not_known_and_trace_keeps_them():
    def loss():
        x = Tensor(np.ones((60, 60)), requires_grad=True)
        y = (activations.tanh(x) * 2.0).sum()
        y.backward()
        return record(y)

    freed = loss()
    assert freed.steps[-1].uses[0].share is None
    assert any("mg.trace()" in note for note in freed.notes)
    assert "not kept" in str(freed)
    with trace():
        kept = loss()
    assert not kept.notes and not totals_differ_from_gradients(kept)
    assert json.loads(kept.to_json())["steps"][-1]["uses"][0]["share"]["shape"] == [60, 60]


def test_weights_that_were_updated_since_are_named():
    w = Tensor([1.0, 2.0], requires_grad=True, name="w")
    y = (w * w).sum()
    y.backward()
    assert record(y).notes == []
    w.data = [5.0, 6.0]
    found = record(y)
    assert found.notes[0].startswith("w has been updated since")
    np.testing.assert_array_equal(found.totals()[0], w.grad)


def test_bad_input_gets_one_line():
    with pytest.raises(TypeError, match="record: float given; it needs a minigrad Tensor"):
        record(1.0)
    a = Tensor(1.0, requires_grad=True)
    with pytest.raises(TypeError, match=r"record: width is a int; keywords give names to tensors"):
        record(a * a, width=3)
    with pytest.raises(ValueError, match="record: b is not in the graph of the first tensor"):
        record(a * a, b=a + a)


def test_a_tensor_without_a_graph_and_a_leaf_are_told_apart():
    with no_grad():
        y = Tensor(1.0, requires_grad=True) * 2
    assert "No gradient: nothing here requires one" in str(record(y))
    assert "A leaf: no op made it" in str(record(Tensor(1.0, requires_grad=True)))


def test_an_enormous_graph_is_recorded_in_part():
    y = x = Tensor(1.0, requires_grad=True)
    for _ in range(12_000):
        y = y + x
    found = record(y)
    assert len(found.steps) == 10_000
    assert found.notes[1] == "The graph is larger: only its newest 10,000 ops are here."
    assert "and 9,960 more steps" in str(found)


def test_an_op_without_a_name_goes_by_its_class():
    class Forgetful:
        def vjp(self, node, gy):
            return (gy,)

    x = Tensor(1.0, requires_grad=True)
    y = minigrad.tensor.record(Forgetful(), (x.node,), None, np.array(2.0, np.float32))
    found = record(y)
    assert "Forgetful(x1)" in str(found) and found.steps[0].uses[0].rule == "gx = vjp(gy)"


def test_names_are_each_given_once():
    leaves = [Tensor(1.0, requires_grad=True, name=n) for n in ("w", "w", "x1", "", "v1")]
    total = sum(leaves[1:], leaves[0])
    names = [value.name for value in record(total).graph.values]
    assert len(set(names)) == len(names) and {"w", "w (2)", "x1", "x2"} <= set(names)


def test_markup_in_names_is_printed_as_it_is():
    a = Tensor(1.0, requires_grad=True, name="[red]a[/blue]")
    assert "[red]a[/blue]" in str(record(a + a))


def test_a_leaf_that_is_named_by_keyword_takes_that_name():
    a = Tensor(1.0, requires_grad=True, name="a")
    assert record(a + 1.0, first=a).graph.values[0].name == "first"
