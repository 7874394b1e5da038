"""Which data a result comes from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, func, select

from models.tables import datasets, revisions
from services.storage.engine import database_errors


@dataclass(frozen=True)
class DataScope:
    """The active dataset and the revision of what is asked of it.

    ``changed_at`` belongs to the number: a database that was set up anew or restored counts over the same
    numbers again, and other databases do so too.
    """

    dataset_id: int
    number: int
    changed_at: datetime | None

    def __str__(self) -> str:
        """Return the part of a key that names these data."""
        moment = f"{self.changed_at.timestamp():.6f}" if self.changed_at else "never"
        return f"dataset-{self.dataset_id}:revision-{self.number}-{moment}"


def read_data_scope(engine: Engine, subjects: Sequence[str] = ("data",)) -> DataScope:
    """Return the scope as committed now, in one statement; dataset 0 before the first.

    ``number`` is the sum over ``subjects``, ``changed_at`` the newest change of any.

    Raises
    ------
    DatabaseUnavailableError
        If the database is out of reach.
    """
    active = (
        select(datasets.c.id)
        .where(datasets.c.activated_at.is_not(None))
        .order_by(datasets.c.activated_at.desc(), datasets.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    counted = revisions.c.subject.in_(subjects)
    statement = select(
        active,
        select(func.sum(revisions.c.number)).where(counted).scalar_subquery(),
        select(func.max(revisions.c.changed_at)).where(counted).scalar_subquery(),
    )
    with database_errors(engine), engine.connect() as connection:
        dataset_id, number, changed_at = connection.execute(statement).one()
    return DataScope(dataset_id or 0, int(number or 0), changed_at)
