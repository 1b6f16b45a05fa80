"""Dtypes: a float stays the float it is, and whole numbers become floats, since they have slopes.

"NumPy", "JAX", "PyTorch" and "TensorFlow" are Keras 3 with that backend.
"""

from .difference import Difference

EACH = ("NumPy", "JAX", "PyTorch", "TensorFlow")
DTYPES = [
    Difference(
        id="2.5 float16",
        asks="the dtype of relu of float16",
        others=dict.fromkeys(EACH, "float16"),
        run="relu(np.ones(2, np.float16)).dtype",
        gives="float16",
        because="The same dtype comes out; inside, the formula is computed in float64.",
    ),
    Difference(
        id="2.5 float64",
        asks="the dtype of relu of float64",
        others={
            "NumPy": "float32", "JAX": "float32", "PyTorch": "float64", "TensorFlow": "float64",
        },
        run="relu(np.ones(2)).dtype",
        gives="float64",
        because="Who computes in float64 wants its digits.",
    ),
    Difference(
        id="2.5 float64, softmax",
        asks="the dtype of softmax of float64",
        others={
            "NumPy": "float64", "JAX": "float32", "PyTorch": "float64", "TensorFlow": "float64",
        },
        run="softmax(np.ones((1, 2))).dtype",
        gives="float64",
        because="The same rule for every activation.",
    ),
    Difference(
        id="2.5 float64 into a layer",
        asks="the dtype of what a ReLU layer makes of float64",
        others=dict.fromkeys(EACH, "float32"),
        run="layers.ReLU()(np.ones((1, 2))).dtype",
        gives="float32",
        because="A layer computes in its own dtype, so that a model is all of one kind.",
    ),
    Difference(
        id="2.5 float64 layer",
        asks="the same for a layer with dtype='float64'",
        run="layers.ReLU(dtype='float64')(np.ones((1, 2))).dtype",
        gives="float64",
        because="The layer's own dtype is an argument.",
    ),
    Difference(
        id="2.5 list",
        asks="the dtype of relu of a list of Python floats",
        others=dict.fromkeys(EACH, "float32"),
        run="relu([1.0, 2.0]).dtype",
        gives="float32",
        because="A list has no dtype, and float32 is what networks compute in.",
    ),
    Difference(
        id="2.5 int32, relu",
        asks="the dtype of relu of int32",
        others=dict.fromkeys(EACH, "int32"),
        run="relu(np.array([1, 2], np.int32)).dtype",
        gives="float32",
        because="Whole numbers have no slope, so a network has no use for them.",
    ),
    Difference(
        id="2.5 int32, leaky_relu",
        asks="leaky_relu of -2, 0, 3 as int32",
        others={
            "NumPy": [0, 0, 3], "JAX": [-0.4, 0, 3], "PyTorch": "NotImplementedError",
            "TensorFlow": [-0.4, 0, 3],
        },
        wrong=("NumPy",),
        run="leaky_relu(np.array([-2, 0, 3], np.int32))",
        gives=[-0.4, 0, 3],
        because="In whole numbers, a slope of 0.2 is 0.",
    ),
    Difference(
        id="2.5 int32, selu",
        asks="selu of -2, 0, 3 as int32",
        others={
            "NumPy": [-0.8647, 0, 3], "JAX": [-1.5202, 0, 3.1521],
            "PyTorch": "NotImplementedError", "TensorFlow": "InvalidArgumentError",
        },
        wrong=("NumPy",),
        run="selu(np.array([-2, 0, 3], np.int32))",
        gives=[-1.52017, 0, 3.1521],
        because="In whole numbers, both constants of selu are 1.",
    ),
    Difference(
        id="2.5 int32, gelu",
        asks="gelu of -2, 0, 3 as int32",
        others={
            "NumPy": [0, 0, 1.5], "JAX": [-0.0455, 0, 2.996], "PyTorch": "an error",
            "TensorFlow": "ValueError",
        },
        wrong=("NumPy",),
        run="gelu(np.array([-2, 0, 3], np.int32))",
        gives=[-0.0455003, 0, 2.99595],
        because="Converted first, computed then.",
    ),
    Difference(
        id="2.5 int32, hard_sigmoid",
        asks="hard_sigmoid of -2, 0, 3 as int32",
        others={
            "NumPy": [0, 0, 0.5], "JAX": [0.1667, 0.5, 1], "PyTorch": "an error",
            "TensorFlow": "TypeError",
        },
        wrong=("NumPy",),
        run="hard_sigmoid(np.array([-2, 0, 3], np.int32))",
        gives=[0.166667, 0.5, 1],
        because="In whole numbers, 0.5 is 0.",
    ),
    Difference(
        id="2.5 int32, sigmoid",
        asks="the dtype of sigmoid of int32",
        others={
            "NumPy": "float64", "JAX": "TypeError", "PyTorch": "float32", "TensorFlow": "an error",
        },
        run="sigmoid(np.array([-2, 0, 3], np.int32)).dtype",
        gives="float32",
        because="The same as for every other activation.",
    ),
    Difference(
        id="2.5 bool, relu",
        asks="the dtype of relu of booleans",
        others={"NumPy": "bool", "JAX": "int32", "PyTorch": "an error", "TensorFlow": "an error"},
        run="relu(np.array([True, False])).dtype",
        gives="float32",
        because="0 and 1, as everywhere in Python.",
    ),
    Difference(
        id="2.5 gradient",
        asks="the dtypes of gradients of float16 and float64",
        others={"JAX": "as input", "PyTorch": "as input", "TensorFlow": "as input"},
        run="[slope(relu, np.ones(2, d)).dtype for d in ('float16', 'float64')]",
        gives=["float16", "float64"],
        because="All agree: a gradient is added to what it belongs to.",
    ),
]  # fmt: skip
