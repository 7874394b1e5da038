"""The dataset that pages show, and which of its sessions."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from sqlalchemy import Engine

from models.domain.errors import InvalidRequestError, NotYetComputedError
from models.domain.market import DatasetStatus
from services.ports import Clock
from services.quant.sessions import session_at_or_before
from services.queries.activity import read_activity
from services.storage.unit_of_work import SqlUnitOfWork


@contextmanager
def shown_dataset(engine: Engine, clock: Clock) -> Iterator[tuple[SqlUnitOfWork, DatasetStatus]]:
    """Open a transaction on the dataset that pages show.

    Raises
    ------
    NotYetComputedError
        If no prices are stored; its message says what is going on.
    """
    with SqlUnitOfWork(engine) as work:
        status = work.datasets.active()
        if status is None or status.last_session is None:
            raise NotYetComputedError(read_activity(work, clock).sentence)
        yield work, status


def dataset_id_of(status: DatasetStatus) -> int:
    """Return the number of a stored dataset."""
    assert status.dataset.id is not None  # noqa: S101 - what is stored has a number
    return status.dataset.id


def session_to_show(status: DatasetStatus, as_of: date | None) -> date:
    """Return the session of a day or the last one before it; the newest without one.

    Raises
    ------
    InvalidRequestError
        If the day lies before the first bar.
    """
    first, last = status.first_session, status.last_session
    assert first is not None and last is not None  # noqa: S101, PT018 - checked before
    if as_of is None or as_of >= last:
        return last
    if as_of < first:
        raise InvalidRequestError(f"There is no bar on or before {as_of}: the prices begin on {first}")
    return session_at_or_before(as_of)
