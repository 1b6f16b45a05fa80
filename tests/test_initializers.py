import json
import math

import mpmath
import numpy as np
import pytest

from minigrad import Tensor, initializers
from minigrad.configs import custom_objects, serialize
from minigrad.initializers import (
    Constant,
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    Identity,
    Initializer,
    LecunNormal,
    LecunUniform,
    Ones,
    Orthogonal,
    RandomInitializer,
    RandomNormal,
    RandomUniform,
    TruncatedNormal,
    VarianceScaling,
    Zeros,
    start,
)
from minigrad.initializers.variance_scaling import CUT_DEVIATION, fans
from minigrad.layers import Dense, PReLU
from minigrad.random import set_random_seed

FAN_IN, FAN_OUT = 300, 700
SHAPE = FAN_IN, FAN_OUT
CUT = 0.87962566103423978
MATRIX = np.arange(6.0).reshape(2, 3)

# Mean, variance and the largest distance from the mean, from the papers' formulas.
DISTRIBUTIONS = [
    (RandomNormal(1.0, 0.5, seed=1), 1.0, 0.25, math.inf),
    (TruncatedNormal(1.0, 0.5, seed=1), 1.0, (0.5 * CUT) ** 2, 1.0),
    (RandomUniform(-1.0, 3.0, seed=1), 1.0, 16 / 12, 2.0),
    (GlorotUniform(1), 0.0, 2 / (FAN_IN + FAN_OUT), math.sqrt(6 / (FAN_IN + FAN_OUT))),
    (GlorotNormal(1), 0.0, 2 / (FAN_IN + FAN_OUT), 2 / CUT * math.sqrt(2 / (FAN_IN + FAN_OUT))),
    (HeNormal(1), 0.0, 2 / FAN_IN, 2 / CUT * math.sqrt(2 / FAN_IN)),
    (HeUniform(1), 0.0, 2 / FAN_IN, math.sqrt(6 / FAN_IN)),
    (LecunNormal(1), 0.0, 1 / FAN_IN, 2 / CUT * math.sqrt(1 / FAN_IN)),
    (LecunUniform(1), 0.0, 1 / FAN_IN, math.sqrt(3 / FAN_IN)),
    (VarianceScaling(3.0, "fan_out", "untruncated_normal", 1), 0.0, 3 / FAN_OUT, math.inf),
    (VarianceScaling(3.0, "fan_out", "uniform", 1), 0.0, 3 / FAN_OUT, 3 / math.sqrt(FAN_OUT)),
]

EVERY = [
    Zeros(),
    Ones(),
    Constant(0.3),
    Constant(np.ones((4, 3)) / 3),
    Identity(2.0),
    Orthogonal(2.0, seed=[1, 2]),
    *(initializer for initializer, *_ in DISTRIBUTIONS),
]


def named(value):
    """A test's name, the same in every process: pytest-xdist compares them."""
    return getattr(value, "__name__", None) or repr(value)


def is_of(values, mean, variance, limit):
    """Whether many numbers have these moments, and reach to the limit but not beyond."""
    values = np.asarray(values, np.float64)
    far = np.abs(values - mean).max()
    return (
        abs(values.mean() - mean) < 5 * math.sqrt(variance / values.size)
        and abs(values.var() / variance - 1) < 5 * math.sqrt(2 / values.size)
        and (far > 4 * math.sqrt(variance) if math.isinf(limit) else 0.99 < far / limit <= 1 + 1e-7)
    )


@pytest.mark.parametrize(("initializer", "mean", "variance", "limit"), DISTRIBUTIONS, ids=repr)
def test_the_distribution_is_the_papers(initializer, mean, variance, limit):
    assert is_of(initializer(SHAPE), mean, variance, limit)


@pytest.mark.parametrize(
    "wrong",
    [
        RandomNormal(1.01, 0.5, seed=1),
        RandomNormal(1.0, 0.51, seed=1),
        RandomUniform(1 - 0.5 * math.sqrt(3), 1 + 0.5 * math.sqrt(3), seed=1),
        TruncatedNormal(1.0, 0.5 / CUT, seed=1),
    ],
    ids=repr,
)
def test_the_wrong_distribution_is_noticed(wrong):
    assert not is_of(wrong(SHAPE), 1.0, 0.25, math.inf)


def test_the_constant_of_the_cut_normal_is_exact():
    with mpmath.workdps(30):
        inside = mpmath.ncdf(2) - mpmath.ncdf(-2)
        variance = mpmath.quad(lambda z: z * z * mpmath.npdf(z), [-2, 0, 2]) / inside
        assert float(mpmath.sqrt(variance)) == CUT_DEVIATION


def cut(rng, shape):
    z = rng.standard_normal(shape)
    while (np.abs(z) > 2).any():
        far = np.abs(z) > 2
        z[far] = rng.standard_normal(far.sum())
    return z


@pytest.mark.parametrize(
    ("initializer", "formula"),
    [
        (
            GlorotUniform(3),
            lambda rng, shape: rng.uniform(-math.sqrt(6 / 9), math.sqrt(6 / 9), shape),
        ),
        (HeNormal(3), lambda rng, shape: math.sqrt(2 / 4) / CUT * cut(rng, shape)),
        (
            LecunUniform(3),
            lambda rng, shape: rng.uniform(-math.sqrt(3 / 4), math.sqrt(3 / 4), shape),
        ),
        (RandomNormal(2.0, 3.0, 3), lambda rng, shape: 2 + 3 * rng.standard_normal(shape)),
        (TruncatedNormal(2.0, 3.0, 3), lambda rng, shape: 2 + 3 * cut(rng, shape)),
        (RandomUniform(2.0, 3.0, 3), lambda rng, shape: rng.uniform(2, 3, shape)),
    ],
    ids=named,
)
def test_the_numbers_are_the_formulas_rounded_once(initializer, formula):
    expected = formula(np.random.default_rng(3), (4, 5))
    for dtype in (None, "float16", np.float32, np.float64):
        found = initializer((4, 5), dtype=dtype)
        assert found.dtype == (dtype or np.float32)
        np.testing.assert_array_equal(found, expected.astype(found.dtype))


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((), (1, 1)),
        ((5,), (5, 5)),
        ((5, 7), (5, 7)),
        ((3, 5, 7), (15, 21)),
        ((2, 3, 5, 7), (30, 42)),
        ((0, 7), (0, 7)),
    ],
)
def test_fans_of_vectors_matrices_and_convolutions(shape, expected):
    assert fans(shape) == expected


def test_a_fan_of_zero_counts_as_one():
    assert HeNormal(1)((0, 7)).shape == (0, 7)
    assert abs(HeUniform(1)(())) <= math.sqrt(6)


def is_orthogonal(q, gain):
    """Whether the shorter side of a matrix is made of vectors of length gain at right angles."""
    q = q.reshape(-1, q.shape[-1])
    gram = q.T @ q if q.shape[0] >= q.shape[1] else q @ q.T
    return bool(np.abs(gram - gain**2 * np.eye(len(gram))).max() < 1e-12)


@pytest.mark.parametrize("shape", [(5, 5), (7, 3), (3, 7), (2, 3, 4), (2, 2, 9), (1, 1), (0, 3)])
def test_orthogonal_is_orthogonal(shape):
    q = Orthogonal(1.5, seed=0)(shape, np.float64)
    assert q.shape == shape and (not q.size or is_orthogonal(q, 1.5))


def test_what_is_not_orthogonal_is_noticed():
    assert not is_orthogonal(np.ones((2, 2)), 1.0)
    assert not is_orthogonal(Orthogonal(1.5, seed=0)((3, 3), np.float64), 1.0)


def test_all_directions_are_as_likely_in_an_orthogonal_matrix():
    q = np.array([Orthogonal(seed=seed)((2, 2), np.float64) for seed in range(4000)])
    turns = np.linalg.det(q) > 0
    assert abs(turns.mean() - 0.5) < 5 * 0.5 / math.sqrt(4000)
    angles = np.arctan2(q[:, 1, 0], q[:, 0, 0])
    counts = np.histogram(angles, 8, (-math.pi, math.pi))[0]
    assert (np.abs(counts - 500) < 5 * math.sqrt(500)).all()


def test_constants_and_the_identity():
    np.testing.assert_array_equal(Zeros()((2, 3)), np.zeros((2, 3)))
    np.testing.assert_array_equal(Ones()((2, 3)), np.ones((2, 3)))
    np.testing.assert_array_equal(Constant(0.1)((2,), np.float64), [0.1, 0.1])
    np.testing.assert_array_equal(Constant(MATRIX)((2, 3)), MATRIX)
    np.testing.assert_array_equal(Identity(2.0)((2, 3)), [[2, 0, 0], [0, 2, 0]])


def test_a_constants_array_is_a_copy_each_time():
    given = MATRIX.copy()
    constant = Constant(given)
    given[:] = 9
    constant((2, 3), np.float64)[:] = 9
    np.testing.assert_array_equal(constant((2, 3)), MATRIX)


def test_with_a_seed_every_call_gives_the_same_numbers():
    seeded, free = HeNormal(seed=4), HeNormal()
    np.testing.assert_array_equal(seeded((3, 4)), seeded((3, 4)))
    assert (free((3, 4)) != free((3, 4))).all()


def test_without_a_seed_numbers_follow_the_random_seed():
    found = []
    for _ in range(2):
        set_random_seed(2)
        found.append(GlorotUniform()((3, 4)))
    np.testing.assert_array_equal(*found)


def kernel(**options):
    layer = Dense(4, **options)
    layer(np.ones((1, 3)))
    return layer.kernel.data


def test_a_layers_seed_is_for_initializers_without_one():
    np.testing.assert_array_equal(kernel(seed=3), kernel(seed=3))
    assert (kernel(seed=3) != kernel(seed=4)).all()
    np.testing.assert_array_equal(kernel(seed=3), GlorotUniform(seed=3)((3, 4)))
    own = [kernel(kernel_initializer=HeNormal(seed=1), seed=seed) for seed in (3, 4, None)]
    np.testing.assert_array_equal(own, [HeNormal(seed=1)((3, 4))] * 3)


@pytest.mark.parametrize(
    "given",
    [
        np.ones,
        np.zeros,
        lambda shape: np.full(shape, 2),
        lambda shape, dtype=None: np.full(shape, 3, dtype),
        lambda shape, **options: Tensor(np.full(shape, 3, options["dtype"])),
        Ones,
        "ones",
        0.25,
        np.float32(0.25),
        np.array(0.25),
        Tensor(0.25),
        1,
        np.arange(12).reshape(3, 4),
        np.arange(12.0).reshape(3, 4).tolist(),
        Tensor(np.arange(12.0).reshape(3, 4)),
        {"class_name": "Constant", "config": {"value": 0.5}},
        {"class_name": "identity"},
    ],
    ids=named,
)
def test_a_layer_takes_whatever_makes_numbers(given):
    found = kernel(kernel_initializer=given)
    assert found.shape == (3, 4) and found.dtype == np.float32
    if isinstance(given, float | int | list | np.ndarray | np.generic):
        np.testing.assert_array_equal(found, np.broadcast_to(given, (3, 4)))


def test_functions_and_initializers_are_called_as_in_keras():
    seen = []

    class Own(Initializer):
        def __call__(self, shape, dtype=None):
            seen.append((shape, dtype))
            return np.ones(shape, dtype)

    def function(shape, dtype=None):
        seen.append((shape, dtype))
        return np.ones(shape, dtype)

    for given in (Own(), Own, function):
        kernel(kernel_initializer=given)
    assert seen == [((3, 4), np.float32)] * 3


def test_an_own_random_initializer_draws_from_the_layer():
    class Signs(RandomInitializer):
        def draw(self, shape, rng):
            return rng.choice([-1.0, 1.0], shape)

    assert set(kernel(kernel_initializer=Signs, seed=0).ravel()) == {-1, 1}
    np.testing.assert_array_equal(
        kernel(kernel_initializer=Signs, seed=0), kernel(kernel_initializer=Signs, seed=0)
    )
    with custom_objects({"Signs": Signs}):
        assert initializers.get({"class_name": "Signs", "config": {"seed": 3}}).seed == 3


@pytest.mark.parametrize("initializer", EVERY, ids=lambda i: type(i).__name__)
def test_a_config_makes_an_equal_initializer(initializer):
    config = json.loads(json.dumps(serialize(initializer)))
    again = initializers.get(config)
    assert type(again) is type(initializer)
    assert again.get_config() == initializer.get_config() == config["config"]
    np.testing.assert_array_equal(again((4, 3)), initializer((4, 3)))


def test_every_initializer_is_tested():
    assert {type(initializer) for initializer in EVERY} == set(initializers.ALL.values())


def test_configs_have_keras_arguments_and_defaults():
    assert RandomNormal().get_config() == {"mean": 0.0, "stddev": 0.05, "seed": None}
    assert TruncatedNormal().get_config() == {"mean": 0.0, "stddev": 0.05, "seed": None}
    assert RandomUniform().get_config() == {"minval": -0.05, "maxval": 0.05, "seed": None}
    assert Orthogonal().get_config() == {"gain": 1.0, "seed": None}
    assert HeNormal(seed=3).get_config() == {"seed": 3}
    assert Zeros().get_config() == {} and Constant().get_config() == {"value": 0.0}
    assert VarianceScaling().get_config() == {
        "scale": 1.0,
        "mode": "fan_in",
        "distribution": "truncated_normal",
        "seed": None,
    }


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("glorot_uniform", GlorotUniform),
        ("GlorotUniform", GlorotUniform),
        ("HE_NORMAL", HeNormal),
        ("lecun_uniform", LecunUniform),
        ("variance_scaling", VarianceScaling),
        ("zero", Zeros),
        ("one", Ones),
        ("normal", RandomNormal),
        ("uniform", RandomUniform),
        ("identity", Identity),
        ("IdentityInitializer", Identity),
        ("identity_initializer", Identity),
        ("Orthogonal", Orthogonal),
        ("orthogonal_initializer", Orthogonal),
    ],
)
def test_get_finds_every_spelling(name, kind):
    assert type(initializers.get(name)) is kind


def test_get_keeps_objects_and_functions():
    for given in (HeNormal(), np.ones):
        assert initializers.get(given) is given


def test_a_weight_of_one_number_starts_too():
    rng = np.random.default_rng(0)
    for name in ("zeros", "glorot_uniform", "he_normal", "normal", "truncated_normal", 0.25):
        assert start(initializers.get(name), (), None, rng).shape == ()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (
            lambda: VarianceScaling(scale=0),
            "scale=0 given; it must be a finite number, more than 0",
        ),
        (lambda: VarianceScaling(scale=-1.0), "VarianceScaling: scale=-1.0 given"),
        (lambda: VarianceScaling(scale=np.nan), "scale=nan given"),
        (lambda: VarianceScaling(mode="fan"), "mode='fan' given; it must be 'fan_in' or"),
        (lambda: VarianceScaling(distribution="normal"), "distribution='normal' given"),
        (lambda: VarianceScaling(distribution=["uniform"]), "distribution="),
        (lambda: RandomNormal(stddev=-1), "RandomNormal: stddev=-1 given"),
        (lambda: TruncatedNormal(mean=np.inf), "TruncatedNormal: mean=inf given"),
        (lambda: RandomUniform(1.0, 0.0), "minval=1.0 and maxval=0.0 given"),
        (lambda: RandomUniform(-1.7e308, 1.7e308), "the numbers between them finite"),
        (lambda: Orthogonal("2"), "gain='2' given"),
        (lambda: HeNormal(seed=-1), "seed: -1 given"),
        (lambda: Constant(np.nan), "value=nan given"),
        (lambda: Constant("one"), "value='one' given"),
        (lambda: Constant([[1.0], [2.0, 3.0]]), "initializer: tensor: cannot make an array"),
        (lambda: Constant([1.0, np.inf]), "1 of the numbers .* nan or inf"),
        (lambda: Orthogonal()((3,)), r"shape \(3,\) asked for; it must have two axes"),
        (lambda: Identity()((3,)), "must be a matrix"),
        (lambda: Identity()((3, 3, 3)), "must be a matrix"),
        (lambda: Constant(MATRIX)((3, 2)), r"shape \(2, 3\) given for a weight of shape \(3, 2\)"),
        (lambda: Zeros()((None, 3)), r"shape \(None, 3\) given; each length must be known"),
        (lambda: HeNormal()((2, -3)), "each length must be known"),
        (lambda: HeNormal()((2, 1.5)), "each length must be known"),
        (lambda: initializers.get("he_norml"), "'he_norml' given; did you mean 'HeNormal'"),
        (lambda: initializers.get(None), "initializer: None given"),
        (lambda: initializers.get(True), "initializer: True given"),
        (
            lambda: kernel(kernel_initializer=MATRIX),
            r"\(2, 3\) given for a weight of shape \(3, 4\)",
        ),
        (lambda: kernel(kernel_initializer=lambda shape: np.ones(3)), r"numbers of shape \(3,\)"),
        (lambda: kernel(kernel_initializer=lambda shape: np.full(shape, np.nan)), "12 of the numb"),
        (lambda: PReLU(Orthogonal)(np.ones((2, 3))), "must have two axes"),
        (
            lambda: start(RandomNormal(1e30), (2,), np.float16, np.random.default_rng(0)),
            "RandomNormal: 2 of the numbers .* float16 are nan or inf",
        ),
    ],
)
def test_mistakes_are_refused_in_one_line(wrong, words):
    with pytest.raises(ValueError, match=words) as error:
        wrong()
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: kernel(kernel_initializer=lambda shape, rng: 0), r"function of \(shape, rng\)"),
        (
            lambda: kernel(kernel_initializer=lambda shape: None),
            "initializer: tensor: dtype object",
        ),
        (lambda: Ones()((2,), dtype="int32"), "initializer: tensor: dtype 'int32' asked for"),
        (lambda: Initializer()((2,)), "must define __call__"),
        (lambda: RandomInitializer()((2,)), "must define draw"),
    ],
)
def test_mistakes_of_kind_are_refused_in_one_line(wrong, words):
    with pytest.raises(TypeError, match=words) as error:
        wrong()
    assert "\n" not in str(error.value)
