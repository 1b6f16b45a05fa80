"""Grad mode: blocks, decorators, generators, tasks and threads, in whatever order they end."""

import asyncio
import contextvars
import threading

import numpy as np
import pytest

from minigrad import Tensor, enable_grad, is_grad_enabled, no_grad


def test_gradients_are_recorded_unless_told_otherwise():
    assert is_grad_enabled()


def test_a_block_switches_recording_off_and_on_again():
    with no_grad():
        assert not is_grad_enabled()
    assert is_grad_enabled()


def test_results_inside_no_grad_have_no_graph():
    x = Tensor([1.0], requires_grad=True)
    with no_grad():
        assert not (x * 2).requires_grad
    assert (x * 2).requires_grad


def test_a_leaf_made_inside_no_grad_still_wants_a_gradient():
    with no_grad():
        x = Tensor([1.0], requires_grad=True)
    (x * 2).sum().backward()
    assert x.grad.tolist() == [2]


def test_backward_works_inside_no_grad():
    x = Tensor([1.0], requires_grad=True)
    y = (x * 2).sum()
    with no_grad():
        y.backward()
    assert x.grad.tolist() == [2]


def test_the_innermost_block_decides():
    with no_grad():
        with enable_grad():
            with no_grad():
                assert not is_grad_enabled()
            assert is_grad_enabled()
        assert not is_grad_enabled()


def test_enable_grad_records_within_no_grad():
    x = Tensor([1.0], requires_grad=True)
    with no_grad(), enable_grad():
        assert (x * 2).requires_grad


def test_an_exception_ends_a_block():
    with pytest.raises(KeyError), no_grad():
        raise KeyError
    assert is_grad_enabled()


def test_a_decorated_function_runs_without_recording():
    @no_grad()
    def mode(depth):
        return [is_grad_enabled()] + (mode(depth - 1) if depth else [])

    assert mode(3) == [False] * 4 and is_grad_enabled()


def test_a_decorated_function_keeps_its_name_and_may_raise():
    @no_grad()
    def fails():
        """Fails."""
        raise KeyError

    with pytest.raises(KeyError):
        fails()
    assert (fails.__name__, fails.__doc__, is_grad_enabled()) == ("fails", "Fails.", True)


def test_an_instance_can_be_used_again_and_within_itself():
    off = no_grad()
    for _ in range(2):
        with off:
            with off:
                assert not is_grad_enabled()
            assert not is_grad_enabled()
        assert is_grad_enabled()


def test_an_instance_used_by_two_threads_leaves_both_with_recording():
    off, turns, seen = no_grad(), [threading.Event() for _ in range(3)], {}

    def first():
        with off:
            turns[0].set()
            turns[1].wait(10)
        seen["first"] = is_grad_enabled()
        turns[2].set()

    def second():
        turns[0].wait(10)
        with off:
            turns[1].set()
            turns[2].wait(10)
        seen["second"] = is_grad_enabled()

    threads = [threading.Thread(target=target) for target in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == {"first": True, "second": True}


def test_generators_closed_in_the_order_of_opening_leave_recording_on():
    def suspended():
        with no_grad():
            yield

    a, b = suspended(), suspended()
    next(a), next(b)
    a.close()
    assert not is_grad_enabled()
    b.close()
    assert is_grad_enabled()


def test_a_generator_that_ends_inside_a_block_does_not_end_that_block():
    def suspended():
        with enable_grad():
            yield

    generator = suspended()
    next(generator)
    with no_grad():
        assert not is_grad_enabled()
        generator.close()
        assert not is_grad_enabled()
    assert is_grad_enabled()


def test_a_task_does_not_see_the_mode_of_another():
    async def quiet(entered, done):
        with no_grad():
            entered.set()
            await done.wait()
            return is_grad_enabled()

    async def loud(entered, done):
        await entered.wait()
        mode = is_grad_enabled()
        done.set()
        return mode

    async def main():
        entered, done = asyncio.Event(), asyncio.Event()
        return await asyncio.gather(quiet(entered, done), loud(entered, done))

    assert asyncio.run(main()) == [False, True]


def test_a_task_started_inside_a_block_inherits_its_mode():
    async def mode():
        await asyncio.sleep(0)
        return is_grad_enabled()

    async def main():
        with no_grad():
            task = asyncio.create_task(mode())
        return await task, is_grad_enabled()

    assert asyncio.run(main()) == (False, True)


@pytest.mark.scoreboard(16)
def test_a_thousand_tasks_keep_their_own_modes():
    async def task(seed):
        rng, wrong = np.random.default_rng(seed), 0
        for _ in range(5):
            enabled = bool(rng.integers(2))
            with enable_grad() if enabled else no_grad():
                await asyncio.sleep(0)
                wrong += is_grad_enabled() != enabled
        return wrong + (not is_grad_enabled())

    async def main():
        return await asyncio.gather(*map(task, range(1000)))

    assert sum(asyncio.run(main())) == 0


def test_a_new_thread_records():
    seen = []
    with no_grad():
        thread = threading.Thread(
            target=contextvars.Context().run, args=(lambda: seen.append(is_grad_enabled()),)
        )
        thread.start()
        thread.join()
    assert seen == [True]


def test_threads_do_not_see_each_others_modes():
    wrong = []

    def work(seed):
        rng = np.random.default_rng(seed)
        for _ in range(500):
            enabled = bool(rng.integers(2))
            with enable_grad() if enabled else no_grad():
                x = Tensor(1.0, requires_grad=True) * 2
                if x.requires_grad != enabled:
                    wrong.append(enabled)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong and is_grad_enabled()


def blocks(modes, entered, left):
    """A generator with nested blocks: it is suspended within each of them, and after each."""
    if not modes:
        yield
        return
    mode, *inner = modes
    with mode:
        token = object()
        entered(token, mode.enabled)
        yield
        yield from blocks(inner, entered, left)
        left(token)
    yield


class Place:
    """A thread or task: its context, the generators that live in it, and the model of its mode."""

    def __init__(self, context, opened):
        self.context = context
        self.opened = list(opened)  # the model: (token, enabled) of the blocks open here
        self.generators = []

    def start(self, modes):
        tokens = []

        def entered(token, enabled):
            tokens.append(token)
            self.opened.append((token, enabled))

        def left(token):
            self.opened = [o for o in self.opened if o[0] is not token]

        self.generators.append((blocks(modes, entered, left), tokens))

    def step(self, k):
        generator, _ = self.generators[k]
        if self.context.run(next, generator, "ended") == "ended":
            del self.generators[k]

    def close(self, k):
        generator, tokens = self.generators.pop(k)
        self.context.run(generator.close)
        self.opened = [o for o in self.opened if not any(o[0] is t for t in tokens)]

    @property
    def expected(self):
        return self.opened[-1][1] if self.opened else True

    @property
    def is_wrong(self):
        return self.context.run(is_grad_enabled) != self.expected


def interleaving(rng, kinds=(no_grad, enable_grad)):
    """One random schedule of generators in several contexts: how often the mode was wrong."""
    places, wrong = [Place(contextvars.Context(), [])], 0
    for what, which, k, a, b in rng.integers(0, 1 << 20, (12, 5)).tolist():
        place = places[which % len(places)]
        if what % 8 == 0:  # a thread begins with an empty context
            places.append(Place(contextvars.Context(), []))
        elif what % 8 == 1:  # a task begins with a copy
            places.append(Place(place.context.copy(), place.opened))
        elif what % 8 < 4 or not place.generators:
            place.start([kinds[a % 2](), kinds[b % 2]()][: 1 + k % 2])
            place.step(-1)
        elif what % 8 == 4:
            place.close(k % len(place.generators))
        else:
            place.step(k % len(place.generators))
        wrong += sum(p.is_wrong for p in places)
    for place in places:
        while place.generators:
            place.close(0)
            wrong += place.is_wrong
    return wrong


@pytest.mark.scoreboard(16)
def test_twenty_thousand_interleavings_of_generators_tasks_and_threads_are_never_wrong(
    record_property,
):
    rng = np.random.default_rng(0)
    wrong = sum(interleaving(rng) > 0 for _ in range(20_000))
    record_property("found", (wrong, 20_000))
    assert wrong == 0


class RestoringMode:
    """What most systems do: remember the old mode, and put it back."""

    now = contextvars.ContextVar("now", default=True)

    def __enter__(self):
        self.before = self.now.get()
        self.now.set(self.enabled)

    def __exit__(self, *error):
        self.now.set(self.before)


def test_the_interleavings_find_a_mode_that_is_put_back_wrongly(monkeypatch):
    off = type("Off", (RestoringMode,), {"enabled": False})
    on = type("On", (RestoringMode,), {"enabled": True})
    monkeypatch.setitem(globals(), "is_grad_enabled", RestoringMode.now.get)
    rng = np.random.default_rng(0)
    assert sum(interleaving(rng, (off, on)) > 0 for _ in range(200)) > 20
