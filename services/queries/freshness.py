"""Whether the data shown are as new as they could be."""

from datetime import datetime, timedelta

import numpy as np

from models.domain.market import DatasetStatus
from services.quant.sessions import exchange_sessions, last_completed_session

_ALLOWED = timedelta(hours=2)  # from the close until the evening's ingestion is done


def describe_staleness(status: DatasetStatus, now: datetime) -> str:
    """Return a sentence that says how far the data are behind the exchange; empty where they are not.

    Data that end on purpose (``historical``) are never behind.
    """
    if status.dataset.historical or status.last_session is None:
        return ""
    newest = last_completed_session(now - _ALLOWED)
    sessions = exchange_sessions()
    n_behind = int(((sessions > np.datetime64(status.last_session, "D")) & (sessions <= newest)).sum())
    if n_behind == 0:
        return ""
    return (
        f"The newest prices are of {status.last_session:%-d %B %Y}: {n_behind} "
        f"session{'' if n_behind == 1 else 's'} behind the exchange."
    )
