"""Stored assessments, quarantine and bars as the data-quality page shows them."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd

from models.domain.market import BarRule, FlagRule, PricePanel, QuarantineStatus
from models.domain.quality_views import (
    AssessedRun,
    BarFlag,
    Gap,
    QuarantinedRow,
    RuleCount,
    Severity,
    StoredBar,
    SymbolQuality,
)

_N_AROUND = 3


def assessed_runs(frame: pd.DataFrame) -> tuple[AssessedRun, ...]:
    """Return the rows of ``quality_runs``, newest first, as runs, oldest first."""
    return tuple(
        AssessedRun(
            assessed_at=_known_moment(row["assessed_at"]),
            n_symbols=int(row["n_symbols"]),
            n_bars=int(row["n_bars"]),
            completeness=_number(row["completeness"]),
            validity=_number(row["validity"]),
            timeliness=_number(row["timeliness"]),
            uniqueness=_number(row["uniqueness"]),
            n_quarantined=int(row["n_quarantined"]),
            n_flagged=int(row["n_flagged"]),
        )
        for row in frame.iloc[::-1].to_dict("records")
    )


def with_severity(hard: pd.DataFrame, soft: pd.DataFrame) -> pd.DataFrame:
    """Return symbol, rule, n_rows, n_waiting, severity of what symbols met, hard and soft."""
    hard = hard.assign(severity=Severity.HARD.value)
    soft = soft.assign(n_waiting=0, severity=Severity.SOFT.value)
    frames = [frame for frame in (hard, soft) if not frame.empty]
    return pd.concat(frames, ignore_index=True) if frames else hard


def rule_counts(counts: pd.DataFrame) -> tuple[RuleCount, ...]:
    """Return every rule that there is, met or not, and any other that was met; by ``with_severity``."""
    known: dict[str, Severity] = {rule.value: Severity.HARD for rule in BarRule}
    known |= {rule.value: Severity.SOFT for rule in FlagRule}
    rules = {rule: RuleCount(rule, severity, 0, 0) for rule, severity in known.items()}
    for (name, severity), rows in counts.groupby(["rule", "severity"]):
        n_rows, n_waiting = int(rows["n_rows"].sum()), int(rows["n_waiting"].sum())
        n_symbols = rows["symbol"].nunique()
        rules[str(name)] = RuleCount(str(name), Severity(str(severity)), n_rows, n_symbols, n_waiting)
    return tuple(rules.values())


def symbol_qualities(scores: pd.DataFrame, counts: pd.DataFrame) -> Iterator[SymbolQuality]:
    """Give each row of ``scores`` with the rules that its symbol met, by ``with_severity``."""
    met = {str(symbol): tuple(sorted(rules)) for symbol, rules in counts.groupby("symbol")["rule"]}
    for row in scores.to_dict("records"):
        yield SymbolQuality(
            symbol=str(row["symbol"]),
            name=str(row["name"]),
            sector=row["sector"] if isinstance(row["sector"], str) else None,
            completeness=_number(row["completeness"]),
            validity=_number(row["validity"]),
            timeliness=_number(row["timeliness"]),
            uniqueness=_number(row["uniqueness"]),
            n_bars=int(row["n_bars"]),
            n_expected=int(row["n_expected"]),
            n_quarantined=int(row["n_quarantined"]),
            n_flagged=int(row["n_flagged"]),
            longest_gap_sessions=int(row["longest_gap_sessions"]),
            first_session=_day(row["first_session"]),
            last_session=_day(row["last_session"]),
            rules=met.get(str(row["symbol"]), ()),
        )


def quarantined_rows(rows: pd.DataFrame) -> tuple[QuarantinedRow, ...]:
    """Return rows of the quarantine."""
    # By column: there may be thousands of them.
    names = [each.name for each in fields(QuarantinedRow)]
    values = {name: _plain(rows[name]) for name in names}
    values["status"] = [QuarantineStatus(status) for status in values["status"]]
    for name in ("decided_at", "found_at"):
        values[name] = [_moment(moment) for moment in values[name]]
    return tuple(QuarantinedRow(*row) for row in zip(*(values[name] for name in names), strict=True))


def bar_flags(flags: pd.DataFrame) -> tuple[BarFlag, ...]:
    """Return flags of one symbol."""
    return tuple(
        BarFlag(pd.Timestamp(row["session"]).date(), str(row["rule"]), str(row["detail"]))
        for row in flags.to_dict("records")
    )


def bars_around(panel: PricePanel, session: date) -> tuple[StoredBar, ...]:
    """Return one symbol's bars of a session and of the three sessions before and after it."""
    day = np.datetime64(session, "D")
    before = int(np.searchsorted(panel.session, day, side="left"))
    after = int(np.searchsorted(panel.session, day, side="right"))
    return tuple(
        StoredBar(
            session=panel.session[place].item(),
            open=float(panel.open[place]),
            high=float(panel.high[place]),
            low=float(panel.low[place]),
            close=float(panel.close[place]),
            volume=_number(panel.volume[place]),
        )
        for place in range(max(0, before - _N_AROUND), min(panel.n_rows, after + _N_AROUND))
    )


def find_gaps(exchange: np.ndarray, present: np.ndarray) -> list[Gap]:
    """Return the sessions without a bar between a symbol's first and last, as runs, oldest first.

    Parameters
    ----------
    exchange, present : datetime64[D] arrays
        Sessions of the exchange, and those with a bar; ascending.
    """
    if present.size == 0:
        return []
    within = exchange[(exchange >= present[0]) & (exchange <= present[-1])]
    place = np.flatnonzero(~np.isin(within, present))
    if place.size == 0:
        return []
    runs = np.split(place, np.flatnonzero(np.diff(place) > 1) + 1)
    return [Gap(within[run[0]].item(), within[run[-1]].item(), run.size) for run in runs]


def _plain(column: "pd.Series[Any]") -> list[Any]:
    """Return the values, None where one is missing."""
    return column.astype(object).where(column.notna(), None).tolist()


def _number(value: Any) -> float | None:
    return None if value is None or pd.isna(value) else float(value)


def _day(value: Any) -> date | None:
    return None if value is None or pd.isna(value) else pd.Timestamp(value).date()


def _known_moment(value: Any) -> datetime:
    return pd.Timestamp(value).to_pydatetime()


def _moment(value: Any) -> datetime | None:
    return None if value is None or pd.isna(value) else _known_moment(value)
