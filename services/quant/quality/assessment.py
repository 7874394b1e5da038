"""Completeness, validity, timeliness and uniqueness, by symbol, by session and over all."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from models.domain.quality import Assessment, QualityTotals
from services.quant.quality.listing import Listing
from services.quant.sessions import exchange_sessions

# A bar this late leaves nothing of timeliness: the gap ends the window that indicators are computed over.
LATE_SESSIONS = 6
# A symbol without a bar for longer is taken as no longer listed.
DELISTED_AFTER_SESSIONS = 20


@dataclass(frozen=True)
class QualityCounts:
    """Rows beside the sound bars, by symbol and by rule.

    ``quarantined``: rejected and not released; under the empty symbol those that name none. ``repeats``:
    rows that say again what another says, dropped as they were read. ``conflicts``: those of the quarantined
    that contradict another row of their session. ``flagged``: flags by symbol. ``findings``: by rule, hard
    and soft.
    """

    quarantined: Mapping[str, int] = field(default_factory=dict)
    conflicts: Mapping[str, int] = field(default_factory=dict)
    repeats: Mapping[str, int] = field(default_factory=dict)
    flagged: Mapping[str, int] = field(default_factory=dict)
    findings: Mapping[str, int] = field(default_factory=dict)


def assess(
    listing: Listing,
    newest: np.datetime64,
    counts: QualityCounts,
    last_listed: Mapping[str, np.datetime64] | None = None,
    without_bars: Mapping[str, int] | None = None,
) -> Assessment:
    """Return how good the stored prices are.

    Parameters
    ----------
    listing : Listing
        The sound bars, at least one.
    newest : datetime64[D]
        The session whose bars should be there: the dataset's last, or the last completed one.
    counts : QualityCounts
        What there is beside the sound bars.
    last_listed : mapping, optional
        The last session of symbols that are known to be delisted or merged.
    without_bars : mapping, optional
        Instrument numbers of symbols that have no bar at all.

    Returns
    -------
    Assessment

    Notes
    -----
    Completeness is bars over the exchange's sessions from the symbol's first bar to the last session on
    which it was listed: the one that is known, else ``newest`` where its last bar is at most 20 sessions
    older, else its last bar. Validity is bars over bars and quarantined rows. Timeliness falls by a sixth
    with each session that the last bar is late, down to 0. Uniqueness is 1 less repeated and conflicting rows
    over rows read. Over all, timeliness is the mean of the symbols; the others are of the sums.
    """
    calendar = _calendar_to(listing, newest)
    position, starts = listing.position, listing.starts
    first, last = position[starts[:-1]], position[starts[1:] - 1]
    known_end = _known_ends(listing, calendar, last_listed or {})
    due = np.where(known_end >= 0, known_end, int(np.searchsorted(calendar, newest, side="right")) - 1)
    late = np.maximum(due - last, 0)
    gone = (known_end < 0) & (late > DELISTED_AFTER_SESSIONS)
    until = np.where(gone, last, np.maximum(due, last))
    n_bars = np.diff(starts)
    scores = pd.DataFrame(
        {
            "instrument_id": listing.instrument_ids,
            "symbol": listing.symbols,
            "n_bars": n_bars,
            "n_expected": until - first + 1,
            "timeliness": np.maximum(0.0, 1.0 - late / LATE_SESSIONS),
            "longest_gap_sessions": np.maximum(np.maximum.reduceat(listing.step, starts[:-1]) - 1, 0),
            "first_session": calendar[first].astype("datetime64[s]"),
            "last_session": calendar[last].astype("datetime64[s]"),
        }
    )
    scores = _with_shares(_with_missing(scores, without_bars or {}), counts)
    n_expected = np.cumsum(
        np.bincount(first, minlength=calendar.size + 1) - np.bincount(until + 1, minlength=calendar.size + 1)
    )
    sessions = pd.DataFrame(
        {
            "session": calendar.astype("datetime64[s]"),
            "n_expected": n_expected[: calendar.size],
            "n_present": np.bincount(position, minlength=calendar.size),
        }
    )
    return Assessment(scores, sessions, _totals(scores, counts))


def _calendar_to(listing: Listing, newest: np.datetime64) -> np.ndarray:
    """Return the listing's calendar, with the sessions after its last bar up to ``newest``."""
    days = exchange_sessions()
    later = days[(days > listing.calendar[-1]) & (days <= newest)]
    return np.concatenate([listing.calendar, later])


def _known_ends(
    listing: Listing, calendar: np.ndarray, last_listed: Mapping[str, np.datetime64]
) -> np.ndarray:
    """Return the place of the last session of each symbol known to be gone, -1 for the others."""
    ends = [last_listed.get(symbol, np.datetime64("NaT", "D")) for symbol in listing.symbols]
    days = np.array(ends, dtype="datetime64[D]")
    place = np.searchsorted(calendar, days, side="right") - 1
    found: np.ndarray = np.where(np.isnat(days), -1, place)
    return found


def _with_missing(scores: pd.DataFrame, without_bars: Mapping[str, int]) -> pd.DataFrame:
    if not without_bars:
        return scores
    missing = pd.DataFrame(
        {
            "instrument_id": list(without_bars.values()),
            "symbol": list(without_bars),
            "n_bars": 0,
            "n_expected": 0,
            "timeliness": 0.0,
            "longest_gap_sessions": 0,
            "first_session": np.datetime64("NaT", "s"),
            "last_session": np.datetime64("NaT", "s"),
        }
    )
    return pd.concat([scores, missing], ignore_index=True)


def _with_shares(scores: pd.DataFrame, counts: QualityCounts) -> pd.DataFrame:
    n_quarantined, n_flagged, n_conflicts, n_repeats = (
        scores["symbol"].map(lambda symbol, by=by: by.get(symbol, 0)).astype("int64")
        for by in (counts.quarantined, counts.flagged, counts.conflicts, counts.repeats)
    )
    n_sound = scores["n_bars"] + n_quarantined
    return scores.assign(
        n_quarantined=n_quarantined,
        n_flagged=n_flagged,
        completeness=_share(scores["n_bars"], scores["n_expected"]),
        validity=_share(scores["n_bars"], n_sound),
        uniqueness=1.0 - _share(n_repeats + n_conflicts, n_sound + n_repeats),
    )


def _share(part: "pd.Series[int]", whole: "pd.Series[int]") -> "pd.Series[float]":
    return part / whole.where(whole > 0)


def _totals(scores: pd.DataFrame, counts: QualityCounts) -> QualityTotals:
    n_bars, n_expected = int(scores["n_bars"].sum()), int(scores["n_expected"].sum())
    n_quarantined = sum(counts.quarantined.values())
    n_repeats = sum(counts.repeats.values())
    n_read = n_bars + n_quarantined + n_repeats
    n_doubled = n_repeats + sum(counts.conflicts.values())
    return QualityTotals(
        n_symbols=len(scores),
        n_bars=n_bars,
        completeness=n_bars / n_expected if n_expected else None,
        validity=n_bars / (n_bars + n_quarantined) if n_bars + n_quarantined else None,
        timeliness=float(scores["timeliness"].mean()),
        uniqueness=1.0 - n_doubled / n_read if n_read else None,
        n_quarantined=n_quarantined,
        n_flagged=sum(counts.flagged.values()),
        findings=counts.findings,
    )
