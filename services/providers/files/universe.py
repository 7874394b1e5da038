"""Who is in the universe, and who is reference data beside it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from models.domain.errors import InvalidMarketDataError
from services.providers.files.symbols import canonical_symbol, canonical_symbols

_DEFAULT_BENCHMARKS = ("SPY", "^GSPC")


@dataclass(frozen=True)
class Universe:
    """Members are scored; reference symbols (benchmark, indices, funds beside it) are only shown."""

    members: frozenset[str]
    reference: frozenset[str]
    benchmark: str | None


def choose_universe(
    files: Sequence[Collection[str]], benchmark: str | None, named: Sequence[str]
) -> Universe:
    """Decide from the symbols of each bars file, BENCHMARK and UNIVERSE.

    A file that holds the benchmark is reference data unless UNIVERSE names its symbols; indices (``^``)
    always are, unless it names them. Where nothing else would be left, as with one file of everything,
    all but benchmark and indices are the universe.

    Raises
    ------
    InvalidMarketDataError
        If BENCHMARK or UNIVERSE names symbols that no file holds.
    """
    held = frozenset[str]().union(*files)
    chosen = _benchmark(held, benchmark)
    indices = frozenset(symbol for symbol in held if symbol.startswith("^"))
    beside = frozenset[str]().union(*(file for file in files if chosen in file))
    elsewhere = frozenset[str]().union(*(file for file in files if chosen not in file))
    always = indices | ({chosen} if chosen else frozenset())
    if named:
        members = frozenset(canonical_symbols(named))
        missing = sorted(members - held)
        if missing:
            raise InvalidMarketDataError(
                f"UNIVERSE names {_some(missing)}, which no file of DATA_PATH holds; "
                f"correct UNIVERSE or add the data. The files hold {_some(held)}"
            )
        return Universe(members, (beside | always) - members, chosen)
    members = elsewhere - always or held - always or held
    return Universe(members, (beside | always) - members, chosen)


def _benchmark(held: frozenset[str], named: str | None) -> str | None:
    if named is None:
        return next((symbol for symbol in _DEFAULT_BENCHMARKS if symbol in held), None)
    symbol = canonical_symbol(named)
    if symbol not in held:
        raise InvalidMarketDataError(
            f"BENCHMARK={symbol}: no file of DATA_PATH holds it; correct BENCHMARK or add its prices. "
            f"The files hold {_some(held)}"
        )
    return symbol


def _some(held: Collection[str]) -> str:
    listed = sorted(held)
    return ", ".join(listed[:10]) + _more(listed)


def _more(listed: Sequence[str]) -> str:
    return f" and {len(listed) - 10:,} more" if len(listed) > 10 else ""
