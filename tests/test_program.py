"""A program gives the bits of the graph that it was written from, or there is none."""

import copy
import pickle
from functools import wraps

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minigrad as mg
from minigrad import layers, losses
from minigrad.model import Model, Sequential
from minigrad.program import program_of

RNG = np.random.default_rng(0)
HIDDEN = {
    "dense": lambda n: layers.Dense(n, seed=n),
    "dense, no bias": lambda n: layers.Dense(n, use_bias=False, seed=n),
    "dense with tanh": lambda n: layers.Dense(n, "tanh", seed=n),
    "prelu": lambda n: layers.PReLU(0.25),
    "shared prelu": lambda n: layers.PReLU(0.25, shared_axes=[1]),
    "elu": lambda n: layers.ELU(0.5),
    "relu": lambda n: layers.ReLU(6.0, 0.1),
    "softmax": lambda n: layers.Softmax(),
    "gelu": lambda n: layers.Activation("gelu"),
    "reshape": lambda n: layers.Reshape((-1, 1)),
    "flatten": lambda n: layers.Flatten(),
    "identity": lambda n: layers.Activation("linear"),
}


ALWAYS = {"dense", "dense, no bias", "dense with tanh", "elu", "relu", "gelu"}  # have a program
OF_CLASSES = losses.SparseCategoricalCrossentropy(from_logits=True)
ENDS = [
    ("mse", None),
    ("categorical_crossentropy", "softmax"),
    ("bce", "sigmoid"),
    (OF_CLASSES, None),
    (OF_CLASSES, "softmax"),
    (losses.SparseCategoricalCrossentropy(), "softmax"),
    (losses.SparseCategoricalCrossentropy(), "sigmoid"),
    (losses.SparseCategoricalCrossentropy(from_logits=True, reduction="sum"), None),
]


class ByGraph(Sequential):
    """A subclass with its own call is never written out: what programs are compared with."""

    def call(self, x):
        return super().call(x)


def trained(kind, names, widths, optimizer="sgd", loss="mse", last=None, steps=4, batch=5):
    """Losses and weights after some steps."""
    stack = [HIDDEN[name](n) for name, n in zip(names, widths, strict=True)]
    model = kind([*stack, layers.Flatten(), layers.Dense(3, last, seed=1)])
    model.compile(optimizer, loss, metrics=["accuracy"] if last else None)
    rng = np.random.default_rng(3)
    x = rng.standard_normal((batch, 4)).astype(np.float32)
    labels = rng.integers(0, 3, batch)
    sparse = isinstance(loss, losses.SparseCategoricalCrossentropy)
    y = labels if sparse else np.eye(3, dtype=np.float32)[labels]
    found = [model.train_on_batch(x, y) for _ in range(steps)]
    return model, [*np.ravel(found), *(w.copy() for w in model.get_weights())]


def same_bits(a, b):
    return all(
        np.array_equal(np.asarray(x), np.asarray(y), equal_nan=True)
        for x, y in zip(a, b, strict=True)
    )


@given(
    st.lists(st.tuples(st.sampled_from(sorted(HIDDEN)), st.integers(1, 6)), min_size=1, max_size=5),
    st.sampled_from(ENDS),
    st.integers(1, 70),
)
@settings(max_examples=30)
def test_steps_by_a_program_have_the_bits_of_steps_by_the_graph(stack, ends, batch):
    names, widths = zip(*stack, strict=True)
    loss, last = ends
    written, a = trained(Sequential, names, widths, "adam", loss, last, batch=batch)
    graph, b = trained(ByGraph, names, widths, "adam", loss, last, batch=batch)
    assert same_bits(a, b)
    assert not graph._programs._known.get((batch, 4))
    if ALWAYS.issuperset(names):
        assert written._programs._known[batch, 4] is not None


def test_a_dense_net_has_a_program_that_can_be_read():
    model = Sequential([layers.Dense(8, "relu"), layers.PReLU(), layers.Dense(2)])
    text = repr(model.program(np.ones((5, 3))))
    assert text.startswith("def forward(x, dense_kernel, dense_bias, p_re_lu_alpha, ")
    assert "    product = x.dot(dense_kernel)\n" in text
    assert "    d_dense_1_kernel = prelu.T.dot(d_affine_2)\n" in text


def test_fit_runs_programs_for_full_batches_and_the_last_one():
    model = Sequential([layers.Dense(4, "tanh", seed=0), layers.Dense(1, seed=1)])
    model.compile("sgd", "mse")
    x = RNG.standard_normal((10, 3)).astype(np.float32)
    model.fit(x, x[:, :1], batch_size=4, epochs=4, verbose=0, seed=0)
    assert {shape: known is not None for shape, known in model._programs._known.items()} == {
        (4, 3): True,
        (2, 3): True,
    }


def test_a_sum_of_two_ways_adds_their_gradients():
    def made(kind):
        x = layers.Input((4,))
        h = layers.Dense(4, "tanh", seed=0)(x)
        model = kind(x, layers.Dense(2, seed=1)(layers.Activation("relu")(h)))
        model.compile("adam", "mse")
        data = np.random.default_rng(1).standard_normal((6, 4)).astype(np.float32)
        return model, [model.train_on_batch(data, data[:, :2]) for _ in range(5)]

    class Own(Model):
        def call(self, x):
            return super().call(x)

    model, found = made(Model)
    assert model.program(np.ones((6, 4))) is not None
    assert found == made(Own)[1]


def changed_activation(model):
    model.layers[0].activation = mg.activations.tanh


def frozen_layer(model):
    model.layers[0].trainable = False


def patched_call(model):
    layer = model.layers[0]
    layer.call = lambda x: mg.activations.exponential(type(layer).call(layer, x))


def added_layer(model):
    model.add(layers.Dense(2, seed=5))


def replaced_weights(model):
    model.set_weights([w + 1 for w in model.get_weights()])


@pytest.mark.parametrize(
    "change", [changed_activation, frozen_layer, patched_call, added_layer, replaced_weights]
)
def test_a_change_to_the_model_is_seen_by_the_next_step(change):
    def run(kind):
        model = kind([layers.Dense(3, "relu", seed=0), layers.Dense(2, seed=1)])
        model.compile("sgd", "mse")
        x = np.random.default_rng(2).standard_normal((6, 4)).astype(np.float32)
        found = [model.train_on_batch(x, x[:, :2]) for _ in range(4)]
        change(model)
        return found + [model.train_on_batch(x, x[:, :2]) for _ in range(4)]

    assert run(Sequential) == run(ByGraph)
    assert len(set(run(Sequential))) > 6


def test_a_kink_convention_is_seen():
    def run(kind):
        model = kind([layers.Dense(3, "relu", kernel_initializer="zeros"), layers.Dense(2, seed=1)])
        model.compile("sgd", "mse")
        x = np.ones((6, 4), np.float32)
        with mg.kinks("middle"):
            for _ in range(3):
                model.train_on_batch(x, x[:, :2])
        return model.get_weights()

    assert same_bits(run(Sequential), run(ByGraph))


@pytest.mark.parametrize(
    "layer",
    [
        layers.Dropout(0.5),
        layers.BatchNormalization(),
        layers.Lambda(lambda x: x * 2),
        layers.Activation(lambda x: x * x),
        layers.Dense(2, activity_regularizer="l2"),
        layers.Dense(2, dtype="float16"),
    ],
    ids=lambda layer: layer.name,
)
def test_what_may_differ_from_batch_to_batch_has_no_program(layer):
    model = Sequential([layers.Dense(4), layer, layers.Dense(2)])
    assert model.program(np.ones((3, 4))) is None


def test_penalties_and_weights_of_examples_work_beside_a_program():
    def run(kind):
        model = kind(
            [layers.Dense(3, "elu", kernel_regularizer="l2", seed=0), layers.Dense(2, seed=1)]
        )
        model.compile("sgd", losses.MeanSquaredError(), weighted_metrics=["mae"])
        rng = np.random.default_rng(2)
        x, w = rng.standard_normal((6, 4)), rng.random(6)
        return [model.train_on_batch(x, x[:, :2], sample_weight=w) for _ in range(4)]

    assert run(Sequential) == run(ByGraph)


@pytest.mark.parametrize(
    "name", ["x", "empty", "add", "def", "a b", "1", "λ", 'a"\n    raise SystemExit']
)
def test_any_name_of_a_layer_makes_a_program(name):
    model = Sequential([layers.Dense(3, name=name), layers.Dense(2)])
    assert model.program(np.ones((3, 4))) is not None


def test_a_model_without_weights_has_no_program():
    assert Sequential([layers.Activation("relu")]).program(np.ones((3, 4))) is None
    assert program_of(Sequential([layers.Dense(2)]), [np.ones((3, 4))] * 2, []) is None


@pytest.mark.parametrize(("penalty", "loss"), [(None, "mse"), ("l2", "mse"), (None, OF_CLASSES)])
def test_gradients_of_a_shared_layer_add_up_in_the_order_of_the_graph(penalty, loss):
    class Own(Model):
        def call(self, x):
            return super().call(x)

    def run(kind):
        shared = layers.Dense(40, "tanh", kernel_regularizer=penalty, seed=0)
        x = layers.Input((40,))
        model = kind(x, layers.Dense(2, seed=1)(shared(shared(shared(x)))))
        model.compile("sgd", loss)
        data = np.random.default_rng(1).standard_normal((30, 40)).astype(np.float32)
        y = data[:, :2] if loss == "mse" else data.argmax(axis=1) % 2
        for _ in range(6):
            model.train_on_batch(data, y)
        return model.get_weights()

    assert same_bits(run(Model), run(Own))


def losses_around(change, kind, activation="relu"):
    """The losses of four steps before and four after a change to what a model is made of."""
    model = kind([layers.Dense(4, activation, seed=0), layers.PReLU(), layers.Dense(2, seed=1)])
    model.compile("sgd", "mse")
    x = np.random.default_rng(2).standard_normal((6, 3)).astype(np.float32)
    before = [model.train_on_batch(x, x[:, :2]) for _ in range(4)]
    change(model)
    return before + [model.train_on_batch(x, x[:, :2]) for _ in range(4)]


def test_a_partial_that_is_declared_again_is_seen():
    def run(kind):
        @mg.elementwise()
        def square(x):
            return x * x

        @square.partial("x")
        def wrong(x):
            return x

        def declare_again(model):
            @square.partial("x")
            def dsquare_dx(x):
                return 2 * x

        return losses_around(declare_again, kind, activation=square)

    assert run(Sequential) == run(ByGraph)


def test_a_call_that_is_put_into_a_class_is_seen(monkeypatch):
    def run(kind):
        with monkeypatch.context() as patch:
            call = layers.Dense.call
            return losses_around(
                lambda model: patch.setattr(
                    layers.Dense, "call", lambda layer, x: mg.activations.tanh(call(layer, x))
                ),
                kind,
            )

    assert run(Sequential) == run(ByGraph)


def alternating(call):
    """The call, with tanh every second time."""

    @wraps(call)
    def every_second(layer, x):
        layer.times = getattr(layer, "times", 0) + 1
        y = call(layer, x)
        return y if layer.times % 2 else mg.activations.tanh(y)

    return every_second


@pytest.mark.parametrize("method", ["call", "__call__"])
def test_a_call_of_yours_has_no_program_even_if_it_wraps_that_of_dense(method):
    mine = type("Mine", (layers.Dense,), {method: alternating(getattr(layers.Dense, method))})
    model = Sequential([mine(4), layers.Dense(2)])
    assert model.program(np.ones((3, 4))) is None


def test_lists_that_a_program_was_written_from_cannot_change_unseen():
    model = Sequential([layers.Dense(4), layers.PReLU(), layers.Dense(2)])
    model(np.ones((3, 4)))
    assert type(model.stack) is type(model.layers[1].learned) is tuple


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_a_copy_of_a_trained_model_goes_on_with_the_same_bits(copied, optimizer):
    model, _ = trained(Sequential, ["dense with tanh", "prelu", "gelu"], [3, 1, 1], optimizer)
    x = np.random.default_rng(4).standard_normal((5, 4)).astype(np.float32)
    twin = copied(model)
    found = [[own.train_on_batch(x, x[:, :3]) for _ in range(5)] for own in (model, twin)]
    assert found[0] == found[1]
    assert same_bits(model.get_weights(), twin.get_weights())


def test_programs_are_written_after_batches_that_were_only_tested():
    model = Sequential([layers.Dense(2), layers.Dense(2)])
    model.compile("sgd", "mse")
    x = np.ones((3, 4), np.float32)
    for step in (model.test_on_batch, model.test_on_batch, model.train_on_batch):
        step(x, x[:, :2])
    assert model._programs._known[3, 4] is not None


def labelled(kind=Sequential, loss=OF_CLASSES, y=None, **options):
    """A model of two classes, its examples, and the losses of four steps."""
    model = kind([layers.Dense(4, "tanh", seed=0), layers.Dense(2, seed=1)])
    model.compile("sgd", loss)
    x = np.random.default_rng(2).standard_normal((6, 3)).astype(np.float32)
    y = np.array([0, 1, 1, 0, 1, 0]) if y is None else y
    return model, x, [model.train_on_batch(x, y, **options) for _ in range(4)]


@pytest.mark.parametrize("last", [None, "softmax"])
def test_the_loss_of_class_numbers_is_one_node(last):
    model = Sequential([layers.Dense(4, "tanh"), layers.Dense(2, last)])
    model.compile("sgd", losses.SparseCategoricalCrossentropy(from_logits=last is None))
    x, y = np.ones((6, 3), np.float32), np.zeros(6, int)
    for _ in range(3):
        model.train_on_batch(x, y)
    output, loss = model._forward(model._examples(x, y))
    assert loss.node.op.name == "program with loss" and output.node is None
    assert {id(leaf) for leaf in loss.node.parents} == {id(w.node) for w in model.weights}


@pytest.mark.parametrize("axis", [-1, 1, (0, 1)])
def test_a_model_that_ends_in_a_softmax_has_a_program(axis):
    def run(kind):
        model = kind([layers.Dense(3, seed=0), layers.Softmax(axis)])
        model.compile("sgd", losses.SparseCategoricalCrossentropy())
        x = np.random.default_rng(2).standard_normal((6, 3)).astype(np.float32)
        found = [model.train_on_batch(x, x.argmax(axis=1)) for _ in range(4)]
        assert (model.program(x) is not None) == (kind is Sequential)
        return found

    assert run(Sequential) == run(ByGraph)


def test_a_masked_softmax_at_the_end_has_no_program():
    x = layers.Input((3,))
    model = Model(x, layers.Softmax()(layers.Dense(3)(x), mask=np.array([True, True, False])))
    assert model.program(np.ones((6, 3))) is None


@pytest.mark.parametrize("y", [np.zeros((6, 1)), np.zeros(6, np.uint8), [[0, 1, 1, 0, 0, 1]]])
def test_class_numbers_of_any_kind_have_the_bits_of_the_graph(y):
    y = np.asarray(y).reshape(6, -1)
    assert labelled(y=y)[2] == labelled(ByGraph, y=y)[2]


def test_weights_of_examples_and_classes_go_by_the_graph():
    for options in ({"sample_weight": np.arange(6.0)}, {"class_weight": {0: 2.0}}):
        assert labelled(**options)[2] == labelled(ByGraph, **options)[2]
        assert labelled(**options)[2] != labelled()[2]


@pytest.mark.parametrize("wrong", [np.full(6, 2), np.full(6, -1), np.full(6, 0.5), np.zeros(5)])
def test_wrong_class_numbers_are_refused_as_by_the_graph_and_change_nothing(wrong):
    told = []
    for kind in (Sequential, ByGraph):
        model, x, _ = labelled(kind)
        before = [w.copy() for w in model.get_weights()]
        with pytest.raises(ValueError) as raised:
            model.train_on_batch(x, wrong)
        told.append(str(raised.value).replace("by_graph", "sequential"))
        assert same_bits(before, model.get_weights())
        assert all(w.grad is None for w in model.weights)
    assert told[0] == told[1]


class Doubled(losses.SparseCategoricalCrossentropy):
    def __call__(self, y_true, y_pred, sample_weight=None):
        return 2 * super().__call__(y_true, y_pred, sample_weight)


class DoubledEach(losses.SparseCategoricalCrossentropy):
    def call(self, y_true, y_pred):
        return 2 * super().call(y_true, y_pred)


class HalfCounted(losses.SparseCategoricalCrossentropy):
    def counted(self, y_true):
        return np.arange(6) % 2 == 0  # half of them: the mean is over these


@pytest.mark.parametrize("kind", [Doubled, DoubledEach, HalfCounted])
def test_a_loss_of_yours_is_called_even_if_it_wraps_that_of_classes(kind):
    mine = labelled(loss=kind(True))[2]
    assert mine == labelled(ByGraph, loss=kind(True))[2]
    assert np.isclose(mine[0], 2 * labelled()[2][0])


def test_a_step_without_a_graph_keeps_no_array_of_the_way_there():
    model, _, _ = labelled()
    step = model.train_on_batch
    x = np.random.default_rng(2).standard_normal((6, 3)).astype(np.float32)
    for _ in range(3):
        step(x, np.zeros(6, int))
    spares = [memory.spare for memory in model.optimizer._memories._last]
    assert all(spare is not None and spare.is_free() for spare in spares)


@pytest.mark.parametrize("last", [None, "softmax"])
def test_evaluating_has_the_bits_of_the_graph_before_and_after_training(last):
    def run(kind):
        loss = losses.SparseCategoricalCrossentropy(from_logits=last is None)
        model = kind([layers.Dense(4, "tanh", seed=0), layers.Dense(3, last, seed=1)])
        model.compile("sgd", loss)
        x = np.random.default_rng(2).standard_normal((33, 3)).astype(np.float32)
        y = x.argmax(axis=1)
        found = [model.test_on_batch(x, y) for _ in range(3)]
        found += [model.train_on_batch(x, y) for _ in range(3)]
        model.set_weights([50 * w for w in model.get_weights()])
        return [*found, *(model.test_on_batch(x, y) for _ in range(3)), model.evaluate(x, y, 7)]

    assert run(Sequential) == run(ByGraph)


def test_no_step_is_made_inside_no_grad():
    model, x, _ = labelled()
    before = model.get_weights()
    with mg.no_grad(), pytest.raises(ValueError, match="the loss depends on no weight"):
        model.train_on_batch(x, np.zeros(6, int))
    assert same_bits(before, model.get_weights())


def test_what_overflows_on_the_way_back_does_so_in_silence():
    model = Sequential([layers.Dense(4, seed=0), layers.Dense(4, seed=1), layers.Dense(2, seed=2)])
    model.compile("sgd", OF_CLASSES)
    x, y = np.zeros((6, 3), np.float32), np.array([0, 1, 1, 0, 1, 0])
    for _ in range(2):
        model.train_on_batch(x, y)
    weights = model.get_weights()
    weights[2], weights[4] = weights[2] * 1e18, weights[4] * 1e30
    model.set_weights(weights)
    with np.errstate(all="raise"):
        assert np.isfinite(model.train_on_batch(x, y))


def test_a_change_to_the_loss_after_compile_is_seen(monkeypatch):
    def run(kind, name, value):
        loss = losses.SparseCategoricalCrossentropy(from_logits=True)
        model, x, found = labelled(kind, loss)
        setattr(loss, name, value)
        y = np.array([0, 1, 1, 0, 1, 0])
        return found + [model.train_on_batch(x, y) for _ in range(2)]

    for name, value in (("reduction", "sum"), ("ignore_class", 1)):
        assert run(Sequential, name, value) == run(ByGraph, name, value)
    call = losses.SparseCategoricalCrossentropy.__call__
    monkeypatch.setattr(
        losses.SparseCategoricalCrossentropy,
        "__call__",
        lambda self, *given: 2 * call(self, *given),
    )
    assert labelled()[2] == labelled(ByGraph)[2]
