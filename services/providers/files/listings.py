"""Files beside the prices: sectors and names, and who was in the universe when."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from models.domain.errors import InvalidMarketDataError
from models.domain.market import MEMBERSHIP_COLUMNS
from services.providers.files.dates import read_dates
from services.providers.files.sectors import gics_sector
from services.providers.files.symbols import canonical_symbol
from services.providers.files.table import FileTable


@dataclass(frozen=True)
class Descriptions:
    """Sector and name by symbol."""

    sectors: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)


def read_descriptions(tables: Sequence[FileTable]) -> Descriptions:
    """Collect sectors and names from all files that have them; the last word on a symbol counts."""
    found = Descriptions()
    for table in tables:
        if "symbol" not in table.fields or not {"sector", "name"} & table.fields.keys():
            continue
        columns = {name: table.fields[name] for name in ("symbol", "sector", "name") if name in table.fields}
        frame = pa.table({name: pc.cast(column, pa.string()) for name, column in columns.items()})
        distinct = frame.group_by(frame.column_names, use_threads=False).aggregate([]).to_pylist()
        for row in distinct:
            symbol = canonical_symbol(row["symbol"] or "")
            sector = gics_sector(row.get("sector"))
            name = " ".join((row.get("name") or "").split())
            if symbol and sector:
                found.sectors[symbol] = sector
            if symbol and name:
                found.names[symbol] = name
    return found


def read_membership(tables: Sequence[FileTable]) -> pd.DataFrame | None:
    """Return who was in the universe when, by ``MEMBERSHIP_COLUMNS``; None where no file says.

    Raises
    ------
    InvalidMarketDataError
        If an interval has no start, or ends before it starts.
    """
    frames = [_intervals(table) for table in tables if "membership" in table.roles]
    if not frames:
        return None
    whole = pd.concat(frames, ignore_index=True).drop_duplicates()
    return whole.sort_values(["symbol", "start"], ignore_index=True).astype(dict(MEMBERSHIP_COLUMNS))


def _intervals(table: FileTable) -> pd.DataFrame:
    words = pc.cast(table.fields["symbol"], pa.string()).to_pylist()
    start, wrong_start = read_dates(table, "start")
    end, wrong_end = read_dates(table, "end")
    backward = np.flatnonzero(end < start)
    unread = np.union1d(wrong_start, wrong_end)
    endless = np.flatnonzero(np.isnat(start))
    for rows, fault in (
        (unread, "has a date that cannot be read"),
        (endless, "has no start"),
        (backward, "ends before it starts"),
    ):
        if rows.size:
            raise InvalidMarketDataError(
                f"{table.place(int(rows[0]))}: the membership of {words[int(rows[0])]} {fault}; write start "
                "and end (empty: still in) as YYYY-MM-DD"
            )
    return pd.DataFrame(
        {
            "symbol": pd.Series([canonical_symbol(word or "") for word in words], dtype="str"),
            "start": start.astype("datetime64[s]"),
            "end": end.astype("datetime64[s]"),
        }
    )
