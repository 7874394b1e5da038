"""Bars that break a hard rule, as a frame and in words."""

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from models.domain.market import REJECTED_COLUMNS, BarRule

_VALUES = ("open", "high", "low", "close", "volume", "adj_close")


def describe_rejected(rejected: pd.DataFrame) -> str:
    """Return the commonest rule with its count and its first row, in words."""
    counts = rejected["rule"].value_counts()
    first = rejected[rejected["rule"] == counts.index[0]].iloc[0]
    day = "" if pd.isna(first["session"]) else f" on {first['session']:%Y-%m-%d}"
    line = "" if pd.isna(first["line"]) else f" line {first['line']}"
    where = f" ({first['source']}{line})" if first["source"] else ""
    return (
        f"{str(counts.index[0]).replace('_', ' ')} in {counts.iloc[0]:,}, the first of them "
        f"{first['symbol']}{day}{where}: {first['detail']}"
    )


def list_rejected(rows: pd.DataFrame, rules: np.ndarray, today: date) -> pd.DataFrame:
    """Return rows that break a rule by ``REJECTED_COLUMNS`` and their prices, sorted by symbol and session.

    Parameters
    ----------
    rows : DataFrame
        By ``BAR_COLUMNS``, with ``source`` and ``line`` where known.
    rules : array of str, shape (n_rows,)
        The rule that each breaks.
    today : date
        What dates in the future were held against.
    """
    found = pd.DataFrame(
        {
            "symbol": rows["symbol"].astype("str").fillna(""),
            "session": rows["session"],
            "rule": rules,
            "detail": _details(rows, rules, today),
            "source": rows["source"].astype("str") if "source" in rows else "",
            "line": rows["line"] if "line" in rows else pd.array([pd.NA] * len(rows), dtype="Int64"),
            **{name: rows[name].where(np.isfinite(rows[name])) for name in _VALUES},
        }
    )
    found = found.astype(dict(REJECTED_COLUMNS))
    return found.sort_values(["symbol", "session"], kind="stable", ignore_index=True)


def _details(rows: pd.DataFrame, rules: np.ndarray, today: date) -> "pd.Series[str]":
    pieces: list[pa.Array | str] = []
    for name in _VALUES:
        if name == "adj_close" and rows[name].isna().all():
            continue
        pieces += [f"{name} ", pc.cast(pa.array(rows[name].to_numpy(np.float64)), pa.string()), ", "]
    texts = pc.binary_join_element_wise(*pieces[:-1], "").to_pandas()
    days: Mapping[str, str] = {
        BarRule.FUTURE: f"later than today, {today}",
        BarRule.NO_SESSION: "the New York Stock Exchange was closed that day",
    }
    for rule, text in days.items():
        texts[rules == rule] = text
    return pd.Series(texts, dtype="str")
