"""The scored sample, made once and copied for each test that wants it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from app.clock import SystemClock
from services.providers.sample import SampleProvider
from services.storage.engine import open_engine
from services.storage.unit_of_work import SqlUnitOfWork
from services.usecases.ingest_bars import ingest_bars
from services.usecases.score_indicators import score_indicators
from tests.databases import new_database
from tests.stored_explanations import store_explanations, store_model


@pytest.fixture(scope="package")
def scored_template(server_url: str) -> Iterator[str]:
    """Name of a database that holds the sample, scored."""
    with new_database(server_url) as url:
        engine, clock = open_engine(url, pooled=False), SystemClock()

        def open_work() -> SqlUnitOfWork:
            return SqlUnitOfWork(engine)

        ingest_bars(open_work, SampleProvider(), clock, lambda *_: None)
        score_indicators(open_work, clock, lambda *_: None)
        yield str(make_url(url).database)


@pytest.fixture
def scored(server_url: str, scored_template: str) -> Iterator[Engine]:
    """A copy of the scored sample."""
    with new_database(server_url, scored_template) as url:
        opened = open_engine(url)
        yield opened
        opened.dispose()


@pytest.fixture
def explained(scored: Engine) -> int:
    """A champion that has explained every symbol but the youngest; its number."""
    with SqlUnitOfWork(scored) as work:
        model_id = store_model(work, work.datasets.active().dataset.id)
        store_explanations(work, model_id)
        work.commit()
    return model_id
