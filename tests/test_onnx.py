"""ONNX: its own examples of activations agree with minigrad, where the definitions do.

ONNX computed them in float32, so they agree but for its last digits.
"""

import importlib

import numpy as np
import pytest

from minigrad import Tensor, activations, ops

onnx = pytest.importorskip("onnx", reason="the examples come with the package onnx")

# An operator of ONNX as an op of minigrad, with ONNX's defaults for its attributes.
OPERATORS = {
    "Celu": lambda x, alpha=1.0: activations.celu(x, alpha),
    "Elu": lambda x, alpha=1.0: activations.elu(x, alpha),
    "Exp": activations.exponential,
    "Gelu": lambda x, approximate=b"none": activations.gelu(x, approximate == b"tanh"),
    "HardSigmoid": lambda x: activations.hard_sigmoid(x, limit=2.5),
    "HardSwish": activations.hard_silu,
    "LeakyRelu": lambda x, alpha=0.01: activations.leaky_relu(x, alpha),
    "LogSoftmax": lambda x, axis=-1: ops.log_softmax(x, axis=axis),
    "Mish": activations.mish,
    "PRelu": activations.prelu,
    "Relu": activations.relu,
    "Selu": lambda x, alpha=1.67326319217681884765625, gamma=1.05070102214813232421875: (
        activations.learned_elu(x, alpha, gamma)
    ),
    "Shrink": lambda x, lambd=0.5, bias=0.0: (
        activations.soft_shrink(x, lambd) if bias else activations.hard_shrink(x, lambd)
    ),
    "Sigmoid": activations.sigmoid,
    "Sin": activations.sine,
    "Softmax": lambda x, axis=-1: ops.softmax(x, axis=axis),
    "Softplus": activations.softplus,
    "Softsign": activations.softsign,
    "Swish": lambda x, alpha=1.0: activations.learned_swish(x, alpha),
    "Tanh": activations.tanh,
    "ThresholdedRelu": lambda x, alpha=1.0: activations.thresholded_relu(x, alpha),
}
DIFFERENT = {
    "test_celu_bfloat16": "minigrad has no bfloat16",
    "test_hardsigmoid": "0.5 x + 0.6 is not (x + limit) / (2 limit)",
    "test_hardsigmoid_example": "0.5 x + 0.6 is not (x + limit) / (2 limit)",
}


def examples():
    """ONNX's examples of one node that is such an operator; those made of parts are left out."""
    package = "onnx.backend.test.case.node"
    for operator in OPERATORS:  # `collect_testcases` would run those of all operators, for 15 s
        importlib.import_module(f"{package}.{operator.lower()}")
    for case in importlib.import_module(package)._NodeTestCases:
        nodes = case.model.graph.node
        if len(nodes) == 1 and nodes[0].op_type in OPERATORS and not nodes[0].domain:
            yield case.name, case


@pytest.fixture(scope="module")
def cases():
    with np.errstate(all="ignore"):
        return dict(examples())


def computed(case, operators=OPERATORS):
    """What minigrad makes of the inputs of an example, and what ONNX does."""
    node = case.model.graph.node[0]
    attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
    for inputs, outputs in case.data_sets:
        yield operators[node.op_type](*map(Tensor, inputs), **attributes).data, outputs[0]


def disagreements(cases, operators=OPERATORS):
    """Examples with other numbers, dtypes or shapes."""
    wrong = []
    for name, case in cases.items():
        if name in DIFFERENT:
            continue
        for got, want in computed(case, operators):
            digits = 5e-3 if want.dtype == np.float16 else 2e-6
            if got.dtype != want.dtype or not np.allclose(got, want, digits, 1e-7):
                wrong.append(name)
    return wrong


def test_the_examples_of_onnx_agree(cases):
    assert disagreements(cases) == []


def test_every_operator_has_examples_and_every_exception_exists(cases):
    assert {c.model.graph.node[0].op_type for c in cases.values()} == set(OPERATORS)
    assert DIFFERENT.keys() <= cases.keys() and len(cases) - len(DIFFERENT) >= 50


def test_a_wrong_operator_disagrees(cases):
    wrong = OPERATORS | {"Gelu": lambda x, approximate=b"": activations.gelu(x, False)}
    assert disagreements(cases, wrong) == ["test_gelu_tanh_1", "test_gelu_tanh_2"]
