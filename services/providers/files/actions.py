"""Corporate actions that prices are not adjusted for: changes of symbol, mergers, delistings."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from models.domain.market import EVENT_COLUMNS, EventKind, empty_frame
from services.providers.files.dates import read_dates
from services.providers.files.numbers import read_numbers
from services.providers.files.symbols import canonical_symbol
from services.providers.files.table import FileTable

# What the word for an action begins with or holds, in the order in which it is looked for.
_WORDS = (
    ("delist", EventKind.DELISTING),
    ("bankrupt", EventKind.DELISTING),
    ("liquidat", EventKind.DELISTING),
    ("merge", EventKind.MERGER),
    ("acqui", EventKind.MERGER),
    ("takeover", EventKind.MERGER),
    ("symbol", EventKind.SYMBOL_CHANGE),
    ("ticker", EventKind.SYMBOL_CHANGE),
    ("rename", EventKind.SYMBOL_CHANGE),
    ("name change", EventKind.SYMBOL_CHANGE),
)


def read_actions(tables: Sequence[FileTable]) -> tuple[pd.DataFrame, list[str]]:
    """Return the corporate actions of all files that list some, and notes on what was passed over.

    Returns
    -------
    actions : DataFrame
        By ``EVENT_COLUMNS`` with ``detail``: the other symbol. A change of symbol stands under both symbols.
    notes : list of str
        How many rows of a file are of another kind, or lack a date or a symbol.
    """
    frames, notes = [empty_frame(EVENT_COLUMNS).assign(detail=pd.Series(dtype="str"))], []
    for table in tables:
        if "actions" in table.roles:
            frame = _read(table)
            usable = frame["kind"].notna() & frame["session"].notna() & (frame["symbol"] != "")
            if not usable.all():
                first = int(np.flatnonzero(~usable.to_numpy())[0])
                notes.append(
                    f"{int((~usable).sum()):,} rows of {table.source.shown} passed over: no symbol, no date, "
                    f"or neither symbol change, merger nor delisting; the first is {table.place(first)}"
                )
            frames.append(frame[usable])
    found = pd.concat(frames, ignore_index=True)
    changed = found[(found["kind"] == EventKind.SYMBOL_CHANGE) & (found["detail"] != "")]
    twin = changed.assign(symbol=changed["detail"], detail=changed["symbol"])
    found = pd.concat([found, twin], ignore_index=True)
    found = found.drop_duplicates(["symbol", "session", "kind"], keep="last")
    found = found.sort_values(["symbol", "session", "kind"], ignore_index=True)
    return found.astype({**EVENT_COLUMNS, "detail": "str"}), notes


def _read(table: FileTable) -> pd.DataFrame:
    session, _ = read_dates(table, "session")
    value = read_numbers(table, ("action_value",)) if "action_value" in table.fields else {}
    return pd.DataFrame(
        {
            "symbol": [canonical_symbol(word) for word in _words(table, "symbol")],
            "session": session.astype("datetime64[s]"),
            "kind": [_kind(word) for word in _words(table, "action")],
            "value": value["action_value"].values if value else np.full(table.n_rows, np.nan),
            "detail": [canonical_symbol(word) for word in _words(table, "other_symbol")],
        }
    )


def _words(table: FileTable, name: str) -> list[str]:
    if name not in table.fields:
        return [""] * table.n_rows
    return [word or "" for word in pc.cast(table.fields[name], pa.string()).to_pylist()]


def _kind(word: str) -> str | None:
    plain = " ".join(word.lower().replace("_", " ").replace("-", " ").split())
    return next((kind.value for known, kind in _WORDS if known in plain), None)
