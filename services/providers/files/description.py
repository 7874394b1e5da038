"""What pages say of a dataset of files."""

from collections import Counter
from collections.abc import Sequence

import pandas as pd

from models.domain.errors import InvalidMarketDataError
from models.domain.market import Dataset, Instrument, PriceBasis
from services.providers.files.events import FoundEvents
from services.providers.files.listings import Descriptions
from services.providers.files.universe import Universe

_NO_MEMBERSHIP = (
    "Survivorship bias: no file says who was in the universe when, so companies that failed may be missing "
    "and past results flatter."
)
_BASIS = {
    PriceBasis.RAW: "as quoted",
    PriceBasis.SPLIT_ADJUSTED: "adjusted for splits",
    PriceBasis.FULLY_ADJUSTED: "adjusted for splits and dividends",
}


def list_instruments(
    universe: Universe, known: Descriptions, membership: pd.DataFrame | None
) -> tuple[tuple[Instrument, ...], pd.DataFrame | None]:
    """Return the instruments, and the membership of those that there are.

    With a membership file, a symbol that it never names is outside the universe.

    Raises
    ------
    InvalidMarketDataError
        If membership names none of the universe.
    """
    members = universe.members
    if membership is not None:
        members = members & frozenset(membership["symbol"])
        if not members:
            raise InvalidMarketDataError(
                "The membership file names none of the symbols with prices; correct its tickers or leave it "
                "out"
            )
    instruments = tuple(
        Instrument(
            symbol,
            known.names.get(symbol, symbol),
            known.sectors.get(symbol) if symbol in universe.members else None,
            in_universe=symbol in members,
            note="Not in the membership file" if symbol in universe.members - members else "",
        )
        for symbol in sorted(universe.members | universe.reference)
    )
    return instruments, membership


def describe_dataset(
    fingerprint: str,
    files: Sequence[str],
    found: FoundEvents,
    universe: Universe,
    last: pd.Timestamp,
    membership: pd.DataFrame | None,
) -> Dataset:
    """Return the dataset with its label, its basis and what pages must say of it."""
    counts = Counter(found.basis[symbol] for symbol in sorted(universe.members) if symbol in found.basis)
    basis = counts.most_common(1)[0][0]
    shown = files[0] if len(files) == 1 else f"{files[0]} and {len(files) - 1} more"
    banner = (
        f"Your files: data end on {last.day} {last:%B %Y}. “Today” is that day. {_basis_words(found, counts)}"
    )
    return Dataset(
        provider="files",
        fingerprint=fingerprint,
        label=f"Files: {shown}, prices {_BASIS[basis]}",
        price_basis=basis,
        historical=True,
        benchmark=universe.benchmark,
        survivorship_note=_survivorship(universe, membership),
        banner=banner.strip(),
    )


def _basis_words(found: FoundEvents, counts: Counter[PriceBasis]) -> str:
    words = []
    if len(counts) > 1:
        parts = ", ".join(f"{n:,} {_BASIS[basis]}" for basis, n in counts.most_common())
        words.append(f"Prices differ in kind: {parts}.")
    if found.assumed & found.basis.keys():
        words.append(
            "Prices without events or adjusted closes are taken as already adjusted for splits and dividends."
        )
    elif counts.most_common(1)[0][0] is PriceBasis.FULLY_ADJUSTED:
        words.append("Prices are already adjusted for splits and dividends; no events are derived.")
    return " ".join(words)


def _survivorship(universe: Universe, membership: pd.DataFrame | None) -> str:
    if membership is None:
        return _NO_MEMBERSHIP
    named = set(membership["symbol"])
    missing = named - universe.members
    if not missing:
        return ""
    return (
        f"Survivorship bias: {len(missing):,} of {len(named):,} former or present members have no prices "
        "here, and past results flatter."
    )
