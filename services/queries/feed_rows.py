"""A symbol's row of the feed, from what is stored of it."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from models.domain.feed import FeedRow
from models.domain.market import PricePanel
from models.domain.registry import ModelRecord
from models.domain.signals import CONFLUENCE_WEIGHTS, SCORE_WARM_UP_SESSIONS, Label
from services.quant.confluence import weights_behind

_HISTORY_SESSIONS = 60
_SCORES = (
    "confluence",
    "technical",
    "sentiment",
    "model",
    "rsi_score",
    "macd_score",
    "ma_score",
    "bb_score",
    "rank",
    "confidence",
    "confidence_base_rate",
)
_Record = dict[Any, Any]
WEIGHT_COLUMNS = tuple(f"{source}_weight" for source in CONFLUENCE_WEIGHTS)


def feed_rows(
    members: pd.DataFrame,
    signals: pd.DataFrame,
    indicators: pd.DataFrame,
    panel: PricePanel,
    models: Mapping[int, ModelRecord] = MappingProxyType({}),
) -> tuple[FeedRow, ...]:
    """Return a row for each member, in the order of ``members``.

    Parameters
    ----------
    members : DataFrame
        Columns symbol, name, sector, note.
    signals, indicators : DataFrame
        At most one row a symbol, the newest: column symbol and those of the table.
    panel : PricePanel
        Prices that end with the session to show.
    models : mapping, optional
        Models of the registry by number: whose scores the signals hold.
    """
    signal_of = _by_symbol(signals.assign(**made_of(signals)))
    newest_of = _by_symbol(indicators)
    places = {symbol: place for place, symbol in enumerate(panel.symbols)}
    return tuple(
        _feed_row(
            member, signal_of.get(symbol, {}), newest_of.get(symbol, {}), panel, places.get(symbol), models
        )
        for symbol, member in _by_symbol(members).items()
    )


def _model_words(signal: _Record, models: Mapping[int, ModelRecord]) -> tuple[str, str]:
    """Return whose score a signal holds, and why it does not count or by what grace it does."""
    number_of_model = number(signal.get("model_id"))
    record = None if number_of_model is None else models.get(int(number_of_model))
    if record is None:
        return "", ""
    source = f"{record.name} (model {record.id})"
    return source, _why(record, counts=bool(signal.get("model_weight")))


def _why(record: ModelRecord, *, counts: bool) -> str:
    if counts:
        return "promoted by force, although the gate refused it" if record.is_forced else ""
    if record.is_proven:
        return "it was promoted only after this signal"
    if record.gate is not None and record.gate.reasons:
        first, *others = record.gate.reasons
        more = f" (and {len(others)} more reason{'s' if len(others) > 1 else ''})" if others else ""
        return first + more
    return "the promotion gate has not decided about it yet"


def made_of(signals: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return, by ``WEIGHT_COLUMNS``, the weight that each source has in the confluence of stored signals."""
    stored = (
        signals[name].to_numpy("float64", na_value=np.nan) for name in ("confluence", *CONFLUENCE_WEIGHTS)
    )
    return dict(zip(WEIGHT_COLUMNS, weights_behind(*stored), strict=True))


def number(value: Any) -> float | None:
    """Return a stored number, None where there is none."""
    return None if value is None or pd.isna(value) else float(value)


def _by_symbol(frame: pd.DataFrame) -> dict[str, _Record]:
    return {record["symbol"]: record for record in frame.to_dict("records")}


def _feed_row(
    member: _Record,
    signal: _Record,
    newest: _Record,
    panel: PricePanel,
    place: int | None,
    models: Mapping[int, ModelRecord],
) -> FeedRow:
    closes, session = _closes(panel, place)
    n_sessions = int(newest.get("window_sessions", 0))
    if signal.get("session") != newest.get("session"):
        signal = {}  # of an earlier window: it is no score of now
    confidence_n = number(signal.get("confidence_n"))
    model_source, model_note = _model_words(signal, models)
    return FeedRow(
        symbol=member["symbol"],
        name=str(member["name"]),
        sector=member["sector"] if isinstance(member["sector"], str) else None,
        note=str(member["note"]),
        session=session,
        close=float(closes[-1]) if closes.size else None,
        day_change=float(closes[-1] / closes[-2] - 1.0) if closes.size > 1 else None,
        label=_label(signal.get("label")),
        technical_label=_label(signal.get("technical_label")),
        quantile_label=_label(signal.get("quantile_label")),
        confidence_n=None if confidence_n is None else int(confidence_n),
        window_sessions=n_sessions,
        reason="" if signal else _reason(n_sessions, has_indicators=bool(newest)),
        made_of=tuple(
            (name, weight) for name in CONFLUENCE_WEIGHTS if (weight := signal.get(f"{name}_weight"))
        ),
        history=tuple(closes[-_HISTORY_SESSIONS:].tolist()),
        model_source=model_source,
        model_note=model_note,
        **{name: number(signal.get(name)) for name in _SCORES},
    )


def _label(value: Any) -> Label | None:
    return Label(value) if isinstance(value, str) else None


def _closes(panel: PricePanel, place: int | None) -> tuple[np.ndarray, date | None]:
    """Return one symbol's closes adjusted as of its last session, and that session."""
    if place is None:
        return np.zeros(0), None
    rows = slice(int(panel.starts[place]), int(panel.starts[place + 1]))
    growth = panel.gross_growth[rows]
    return panel.close[rows] * (growth / growth[-1]), panel.session[rows][-1].item()


def _reason(n_sessions: int, *, has_indicators: bool) -> str:
    if not has_indicators:
        return "No score yet: its prices have not been scored"
    return f"No score yet: {n_sessions} of {SCORE_WARM_UP_SESSIONS} sessions"
