"""Files in a folder, ingested into a real PostgreSQL."""

from datetime import timedelta

import pandas as pd
import pytest
from sqlalchemy import text

from models.domain.settings import Settings
from models.domain.users import Role
from services.commands.access import Actor, act_as
from services.commands.quarantine import QuarantineCommands
from services.providers.files import FilesProvider
from services.queries.exports import ExportRequest, export_frames
from services.storage.unit_of_work import SqlUnitOfWork
from services.usecases.ingest_bars import ingest_bars


class Store:
    """A folder of files, the database behind it, and whoever works on both."""

    def __init__(self, folder, engine, clock):
        self.folder, self.engine, self.clock = folder, engine, clock
        self.commands = QuarantineCommands(engine, clock)

    def ingest(self, *paths, **settings):
        """Ingest the folder, or those paths."""
        chosen = Settings(data_provider="files", data_path=paths or (self.folder,), **settings)
        return ingest_bars(self.work, FilesProvider(chosen, self.clock), self.clock, lambda *_: None)

    def later(self, **passed):
        """Let time pass: an hour unless told."""
        self.clock.time += timedelta(**(passed or {"hours": 1}))

    def work(self):
        return SqlUnitOfWork(self.engine)

    def reading(self, subject, method, *arguments, **named):
        """Return what a repository's method says of the active dataset."""
        with self.work() as work:
            dataset_id = work.datasets.active().dataset.id
            return getattr(getattr(work, subject), method)(dataset_id, *arguments, **named)

    def sql(self, query, **parameters):
        with self.engine.connect() as connection:
            result = connection.execute(text(query), parameters)
            return pd.DataFrame(result.all(), columns=list(result.keys()))

    def export(self, kind, **request):
        return pd.concat(export_frames(self.engine, self.clock, kind, ExportRequest(**request)))


@pytest.fixture
def store(tmp_path, engine, clock):
    folder = tmp_path / "prices"
    folder.mkdir()
    return Store(folder, engine, clock)


@pytest.fixture
def admin():
    act_as(Actor("ada", Role.ADMIN))
    yield
    act_as(None)
