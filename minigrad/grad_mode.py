"""Grad mode: whether operations are recorded for backward, for this thread and task.

The mode is a stack of tokens.  Leaving a block takes out its own token, wherever in the stack that
is by then, so generators that are suspended inside blocks may end in any order, and threads and
async tasks, which have stacks of their own, never see each other's.  `trace` is whether graphs keep
all values to be looked at.
"""

from collections.abc import Iterator
from contextlib import ContextDecorator, contextmanager
from contextvars import ContextVar
from inspect import isasyncgenfunction, iscoroutinefunction, isgeneratorfunction
from typing import Any, Self

_tokens: ContextVar[tuple[tuple[object, bool], ...]] = ContextVar("grad_mode", default=())


tokens = _tokens.get  # empty, and so false, where nobody has set a mode


def is_grad_enabled() -> bool:
    """Whether operations on tensors that require a gradient are recorded here and now.

    >>> with no_grad():
    ...     is_grad_enabled()
    False
    """
    tokens = _tokens.get()
    return tokens[-1][1] if tokens else True


class _Mode(ContextDecorator):
    """A block, or a decorated function, with recording on or off."""

    enabled: bool

    def _recreate_cm(self) -> Self:
        return type(self)()

    def __call__(self, function: Any) -> Any:
        if (
            isgeneratorfunction(function)
            or isasyncgenfunction(function)
            or (iscoroutinefunction(function))
        ):
            name = type(self).__name__
            raise TypeError(
                f"{name}: {function.__name__} is a generator or async function, which runs after "
                f"the decorator is done; write `with {name}():` inside it"
            )
        return super().__call__(function)

    def __enter__(self) -> Self:
        _tokens.set((*_tokens.get(), (self, self.enabled)))
        return self

    def __exit__(self, *error: Any) -> None:
        tokens = list(_tokens.get())
        for k in reversed(range(len(tokens))):
            if tokens[k][0] is self:
                del tokens[k]
                break
        _tokens.set(tuple(tokens))


class no_grad(_Mode):
    """No recording inside: results need no gradient and keep no memory.

    >>> import minigrad as mg
    >>> x = mg.Tensor([1.0, 2.0], requires_grad=True)
    >>> with mg.no_grad():
    ...     y = 2 * x
    >>> y.requires_grad
    False
    """

    enabled = False


class enable_grad(_Mode):
    """Recording inside, also within a `no_grad` block.

    >>> import minigrad as mg
    >>> x = mg.Tensor([1.0, 2.0], requires_grad=True)
    >>> with mg.no_grad(), mg.enable_grad():
    ...     y = 2 * x
    >>> y.requires_grad
    True
    """

    enabled = True


_trace_everything: ContextVar[bool] = ContextVar("trace", default=False)
tracing = _trace_everything.get


@contextmanager
def trace() -> Iterator[None]:
    """Inside, graphs keep every value and gradient to be looked at, however large."""
    token = _trace_everything.set(True)
    try:
        yield
    finally:
        _trace_everything.reset(token)
