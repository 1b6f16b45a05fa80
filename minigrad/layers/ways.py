"""Ways: how Symbols lead from a model's inputs to its outputs, and how a config says so."""

from collections.abc import Mapping
from typing import Any

from .symbol import Symbol


def listed(symbols: Any) -> list[Any]:
    """One or several as a list."""
    if isinstance(symbols, Mapping):
        return list(symbols.values())
    return list(symbols) if isinstance(symbols, list | tuple) else [symbols]


def in_order(owner: str, inputs: Any, given: Mapping[str, Any]) -> list[Any]:
    """What is given for each input, by their names."""
    names = [symbol.name for symbol in listed(inputs)]
    if sorted(given) != sorted(names):
        have, want = (", ".join(map(repr, some)) for some in (given, names))
        raise ValueError(f"{owner}: inputs called {have} given; it has {want}")
    return [given[name] for name in names]


def between(name: str, inputs: list[Symbol], outputs: list[Symbol]) -> list[Symbol]:
    """The Symbols that lead from inputs to outputs, each after those that it is made of."""
    done: dict[Symbol, None] = {}
    given = set(inputs)
    pending = [(symbol, False) for symbol in reversed(outputs)]
    while pending:
        symbol, ready = pending.pop()
        if symbol in done or symbol in given:
            continue
        if not isinstance(symbol, Symbol) or symbol.layer is None:
            raise ValueError(
                f"{name}: {symbol!r} is needed for the outputs, and is neither an input nor made "
                "of inputs"
            )
        if ready:
            done[symbol] = None
        else:
            pending.append((symbol, True))
            below = symbols_in((symbol.inputs, symbol.others, symbol.options))
            pending += [(part, False) for part in reversed(below)]
    return list(done)


def symbols_in(value: Any) -> list[Symbol]:
    """All Symbols in nested lists, tuples and dicts."""
    if isinstance(value, Symbol):
        return [value]
    parts = value.values() if isinstance(value, dict) else value
    if not isinstance(value, list | tuple | dict):
        return []
    return [symbol for part in parts for symbol in symbols_in(part)]


def filled(value: Any, values: Mapping[Symbol, Any]) -> Any:
    """The same nested lists and dicts with values in the place of Symbols."""
    if isinstance(value, Symbol):
        return values[value]
    if isinstance(value, list | tuple):
        return type(value)(filled(item, values) for item in value)
    if isinstance(value, dict):
        return {key: filled(item, values) for key, item in value.items()}
    return value


def numbered(value: Any, number: Mapping[Symbol, int]) -> Any:
    """The same with {"symbol": k} in the place of Symbols, for a config."""
    return filled(value, {symbol: {"symbol": k} for symbol, k in number.items()})


def renumbered(value: Any, symbols: list[Any]) -> Any:
    """What `numbered` was called on."""
    if isinstance(value, dict):
        if set(value) == {"symbol"}:
            return symbols[value["symbol"]]
        return {key: renumbered(item, symbols) for key, item in value.items()}
    return [renumbered(item, symbols) for item in value] if isinstance(value, list) else value
