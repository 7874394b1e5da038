"""Features of the newest sessions alone, from stored bars: what an evening's inference needs."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np

from services.ml.feature_store.key import LEAD_SESSIONS
from services.ml.inputs import MarketInputs, read_inputs
from services.ports import UnitOfWork
from services.quant.features.compute import FeaturePanel, compute_features
from services.quant.gaps import fill_gaps, session_positions
from services.quant.panels import keep_rows
from services.quant.sessions import session_closes

# 250 sessions a year at least, and a week for the holidays of its turn.
_DAYS_A_SESSION, _MORE_DAYS = 365.25 / 250.0, 7


def newest_features(work: UnitOfWork, n_sessions: int = 1) -> tuple[MarketInputs, FeaturePanel]:
    """Compute the features of the active dataset's newest sessions, reading no more bars than they need.

    Parameters
    ----------
    work : UnitOfWork
        An open one.
    n_sessions : int
        How many sessions; those of a window and ``MAX_FILLED_SESSIONS`` more, so that a gap at its beginning
        is filled as it is in the whole history.

    Returns
    -------
    inputs : MarketInputs
        The bars of these sessions alone.
    features : FeaturePanel
        Of these bars; as those of the whole history but for 1e-6.

    Raises
    ------
    NotYetComputedError
        If no prices are stored.
    """
    inputs = bars_leading_to(work, n_sessions)
    panel, context = inputs.panel, inputs.context
    features = compute_features(panel, inputs.filled, context)
    newest = session_positions(panel.session) >= _n_sessions(inputs) - n_sessions
    part = keep_rows(panel, newest)
    of_part = replace(inputs, panel=part, filled=fill_gaps(part), context=context.of_rows(panel, newest))
    return of_part, FeaturePanel(features.names, features.values[newest])


def bars_leading_to(work: UnitOfWork, n_sessions: int = 1, last: date | None = None) -> MarketInputs:
    """Read the newest sessions' bars and, before them, those that their features need to be right.

    Parameters and errors as for ``newest_features``; with ``last``, the sessions up to that day, as they were
    known at its close.
    """
    n_needed = n_sessions + LEAD_SESSIONS
    known_by = None if last is None else _close_of(last)
    from_session = _day_before(work, n_needed, last)
    inputs = read_inputs(work, from_session=from_session, known_by=known_by)
    if from_session is not None and _n_sessions(inputs) < n_needed:  # the dataset lacks some of them
        inputs = read_inputs(work, known_by=known_by)
    return inputs


def _close_of(day: date) -> datetime:
    (close,) = session_closes(np.array([day], dtype="datetime64[D]"))
    found: datetime = close.astype("datetime64[us]").item()
    return found.replace(tzinfo=UTC)


def _day_before(work: UnitOfWork, n_sessions: int, last: date | None) -> date | None:
    """Return a day with so many sessions from it to the last, if the dataset lacks none of the exchange's.

    None where it does not reach back so far.
    """
    status = work.datasets.active()
    if status is None or status.first_session is None or status.last_session is None:
        return None
    newest = status.last_session if last is None else min(last, status.last_session)
    day = newest - timedelta(days=round(n_sessions * _DAYS_A_SESSION) + _MORE_DAYS)
    return day if day > status.first_session else None


def _n_sessions(inputs: MarketInputs) -> int:
    return int(session_positions(inputs.panel.session).max(initial=-1)) + 1
