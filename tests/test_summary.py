"""The summary: what is in the table, for each kind of model."""

import numpy as np
import pytest

from minigrad.layers import Add, Dense, Input
from minigrad.model import Model, Sequential
from minigrad.summary import memory


def lines_of(model):
    lines = []
    model.summary(print_fn=lines.append)
    assert all(isinstance(line, str) and "\n" not in line for line in lines)
    return lines


def row(lines, name):
    """The cells of the only row that begins with this name."""
    (found,) = (line for line in lines if line.startswith(f"│ {name} "))
    return [cell.strip() for cell in found.strip("│").split("│")]


def test_a_row_for_each_layer_and_totals():
    model = Sequential([Input((3,)), Dense(4), Dense(2, trainable=False)])
    lines = lines_of(model)
    assert row(lines, "dense") == ["dense (Dense)", "(None, 4)", "16"]
    assert row(lines, "dense_1") == ["dense_1 (Dense)", "(None, 2)", "10"]
    assert lines[-3:] == [
        "total: 26 (104 bytes)", "trainable: 16 (64 bytes)", "non-trainable: 10 (40 bytes)",
    ]  # fmt: skip


def test_what_is_not_known_before_the_first_call_is_a_question_mark():
    model = Sequential([Dense(4)])
    assert row(lines_of(model), "dense") == ["dense (Dense)", "?", "0 (unbuilt)"]
    model(np.ones((5, 3)))
    assert row(lines_of(model), "dense") == ["dense (Dense)", "(None, 4)", "16"]


def test_a_model_of_symbols_says_what_is_connected_to_what():
    left, right = Input((3,), name="left"), Input((3,), name="right")
    shared = Dense(4, name="shared")
    model = Model([left, right], Dense(1, name="end")(Add()([shared(left), shared(right)])))
    lines = lines_of(model)
    assert row(lines, "left") == ["left (Input)", "(None, 3)", "0", ""]
    assert row(lines, "add") == ["add (Add)", "(None, 4)", "0", "shared, shared"]
    assert row(lines, "end") == ["end (Dense)", "(None, 1)", "5", "add"]
    first, again = (line for line in lines if "shared (Dense)" in line)
    assert " 16 " in first and " shared " in again.split("(Dense)")[1]
    assert lines[-3] == "total: 21 (84 bytes)"


def test_a_subclass_shows_its_layers():
    class Mine(Model):
        def __init__(self):
            super().__init__()
            self.one = Dense(3)

        def call(self, x):
            return self.one(x)

    model = Mine()
    model(np.ones((2, 2)))
    assert row(lines_of(model), "dense") == ["dense (Dense)", "?", "9"]


def test_an_empty_model_has_a_summary_too(capsys):
    Sequential().summary()
    assert "total: 0 (0 bytes)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("size", "words"),
    [(1023, "1023 bytes"), (1024, "1.00 KB"), (3 * 2**20, "3.00 MB"), (2**42, "4096.00 GB")],
)
def test_memory_is_in_the_largest_unit(size, words):
    assert memory(size) == words
