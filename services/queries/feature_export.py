"""Every feature of the registry, from the feature store, as Arrow tables of one symbol each."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from services.ml.feature_store.store import StoredFeatures, open_features
from services.ml.inputs import MarketInputs, read_inputs
from services.ports import UnitOfWork
from services.quant.features.registry import NAMES


def feature_parts(
    work: UnitOfWork,
    data_dir: Path,
    symbols: Sequence[str],
    sessions: tuple[date | None, date | None],
    known_by: datetime | None,
) -> Iterator[pa.Table]:
    """Yield features by symbol and session; first a table without rows.

    What the store lacks is computed; what was known at a moment in the past leaves the store as it is.

    Parameters
    ----------
    work : UnitOfWork
        Where the bars are.
    data_dir : Path
        The store lies below it.
    symbols : sequence of str
        Of the universe; none: all of it.
    sessions : pair of date or None
        First and last session wanted.
    known_by : datetime or None
        Features of the bars as known at this moment instead of now.

    Yields
    ------
    pyarrow.Table
        symbol (string), session (date32), then one float32 column a feature, null where unknown.
    """
    inputs = read_inputs(work, known_by=known_by)
    stored = open_features(inputs, data_dir, lambda *_: None, keep=known_by is None)
    yield _table(inputs, stored, 0, slice(0, 0))
    place_of = {symbol: place for place, symbol in enumerate(inputs.panel.symbols)}
    for symbol in sorted(set(symbols or place_of) & set(place_of)):
        place = place_of[symbol]
        yield _table(inputs, stored, place, _rows(inputs, place, sessions))


def _rows(inputs: MarketInputs, place: int, sessions: tuple[date | None, date | None]) -> slice:
    begin, end = inputs.panel.starts[place : place + 2].tolist()
    session = inputs.panel.session[begin:end]
    first, last = sessions
    if last is not None:
        end = begin + int(np.searchsorted(session, np.datetime64(last, "D"), side="right"))
    if first is not None:
        begin += int(np.searchsorted(session, np.datetime64(first, "D")))
    return slice(begin, max(begin, end))


def _table(inputs: MarketInputs, stored: StoredFeatures, place: int, rows: slice) -> pa.Table:
    values = stored.of_rows(rows)
    symbol = inputs.panel.symbols[place] if rows.stop > rows.start else ""
    columns = {
        "symbol": pa.array([symbol] * len(values), pa.string()),
        "session": pa.array(inputs.panel.session[rows]),
    }
    for name, column in zip(NAMES, values.T, strict=True):
        columns[name] = pa.array(column, from_pandas=True)
    return pa.table(columns)
