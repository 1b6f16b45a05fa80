import random
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from minigrad.layers import Dense
from minigrad.random import generator, set_random_seed


def numbers(count=3):
    """The first number of each of the next generators."""
    return [generator().random() for _ in range(count)]


@pytest.mark.parametrize("seed", [0, 1, 2**100, np.int64(7), [3, 4], (3, 4)])
def test_the_same_random_seed_gives_the_same_numbers(seed):
    set_random_seed(seed)
    first = numbers()
    set_random_seed(seed)
    assert numbers() == first
    set_random_seed(8)
    assert numbers() != first


def test_every_generator_draws_other_numbers():
    set_random_seed(0)
    assert len(set(numbers(1000))) == 1000


def test_generators_are_the_spawned_children_of_the_seed():
    set_random_seed(5)
    children = np.random.SeedSequence(5).spawn(3)
    assert numbers() == [np.random.default_rng(child).random() for child in children]


def test_a_given_seed_is_numpys_and_leaves_the_process_alone():
    set_random_seed(0)
    first = numbers()
    set_random_seed(0)
    assert generator([1, 2]).random() == np.random.default_rng([1, 2]).random()
    assert numbers() == first


def test_threads_share_out_the_generators():
    set_random_seed(3)
    alone = set(numbers(2000))
    set_random_seed(3)
    with ThreadPoolExecutor(8) as threads:
        together = [n for part in threads.map(lambda _: numbers(250), range(8)) for n in part]
    assert len(together) == 2000 and set(together) == alone


def test_other_libraries_seeds_stay_as_they_are():
    before, state = random.getstate(), np.random.get_state()[1].copy()
    set_random_seed(1)
    assert random.getstate() == before
    np.testing.assert_array_equal(np.random.get_state()[1], state)


def test_a_new_process_has_a_seed_of_its_own(run_python):
    script = "from minigrad.random import generator; print(generator().random())"
    assert run_python(script) != run_python(script)


def test_layers_without_a_seed_follow_the_random_seed():
    kernels = []
    for _ in range(2):
        set_random_seed(4)
        layers = [Dense(3), Dense(3), Dense(3, seed=9)]
        for layer in layers:
            layer(np.ones((1, 2)))
        kernels.append([layer.kernel.data for layer in layers])
    np.testing.assert_array_equal(kernels[0], kernels[1])
    assert (kernels[0][0] != kernels[0][1]).all()


@pytest.mark.parametrize("seed", [-1, 1.0, "1", True, [], [1, -1], [1, "a"], np.nan, {}, b"ab"])
@pytest.mark.parametrize("use", [set_random_seed, generator, lambda seed: Dense(2, seed=seed)])
def test_a_bad_seed_is_refused_in_one_line(use, seed):
    with pytest.raises(ValueError, match="seed: .* given; give a whole number, 0 or more") as error:
        use(seed)
    assert "\n" not in str(error.value)


def test_none_is_no_random_seed():
    with pytest.raises(ValueError, match="seed: None given"):
        set_random_seed(None)


def test_a_refused_seed_changes_nothing():
    set_random_seed(1)
    first = numbers()
    set_random_seed(1)
    with pytest.raises(ValueError):
        set_random_seed(-1)
    assert numbers() == first
