"""One transaction: committed as a whole, refused under a lost claim, honest about a lost connection."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from models.domain.errors import DatabaseUnavailableError, FencedError, InvalidRequestError
from models.domain.jobs import JobName, JobProgress, JobState
from models.domain.market import Dataset, PriceBasis
from services.storage.engine import open_engine
from services.storage.unit_of_work import Fence, SqlUnitOfWork
from tests.integration.processes.support import ask

DATASET = Dataset("fake", "f" * 8, "Fake", PriceBasis.RAW)
END_OTHERS = (
    "SELECT count(pg_terminate_backend(pid, 1000)) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)

WRITTEN = "SELECT (SELECT count(*) FROM datasets), (SELECT count(*) FROM revisions)"


@pytest.fixture
def claim(engine, clock):
    """A run that this process has claimed, as its fence."""
    with SqlUnitOfWork(engine) as work:
        work.jobs.enqueue(JobName.INGEST_BARS, clock.now())
        run, token = work.jobs.claim("one", clock.now())
        work.commit()
    return Fence(run.id, token)


def taken_over(engine, clock):
    """End the run and let another process claim its next attempt."""
    later = clock.now() + timedelta(minutes=1)
    with SqlUnitOfWork(engine) as work:
        (run,) = work.jobs.end_orphans(later, later, None)
        work.jobs.enqueue(run.job, run.scheduled_for, attempt=2)
        claimed = work.jobs.claim("other", later)
        work.commit()
    return claimed


def test_what_is_not_committed_is_gone(engine, clock):
    with SqlUnitOfWork(engine) as work:
        work.datasets.save(DATASET, clock.now())
        work.touch("data")
    with SqlUnitOfWork(engine) as work:
        assert work.datasets.active() is None


def test_a_commit_counts_each_subject_once(engine, clock, database_url):
    with SqlUnitOfWork(engine) as work:
        for _ in range(3):
            work.touch("data")
        work.commit()
        work.commit()
        work.touch("jobs")
        work.touch("data")
        work.commit()
    query = "SELECT subject, number FROM revisions ORDER BY subject"
    assert ask(database_url, query) == [("data", 2), ("jobs", 1)]


def test_who_holds_the_claim_commits(engine, clock, claim):
    with SqlUnitOfWork(engine, claim) as work:
        work.datasets.save(DATASET, clock.now())
        work.commit()
    with SqlUnitOfWork(engine) as work:
        assert work.datasets.active() is not None


def test_who_lost_the_claim_leaves_nothing(engine, clock, claim, database_url):
    taken_over(engine, clock)

    def attempt():
        with SqlUnitOfWork(engine, claim) as work:
            work.datasets.save(DATASET, clock.now())
            work.touch("data")
            work.commit()

    with pytest.raises(FencedError, match="taken over"):
        attempt()
    assert ask(database_url, WRITTEN) == [(0, 0)]


def test_a_takeover_ends_what_the_old_owner_is_writing(engine, clock, claim, database_url):
    """A process that is only stopped would keep its locks, and its successor wait for them."""

    def attempt():
        with SqlUnitOfWork(engine, claim) as work:
            work.commit()
            work.datasets.save(DATASET, clock.now())
            work.touch("data")
            run, token = taken_over(engine, clock)
            with SqlUnitOfWork(engine, Fence(run.id, token)) as successor:
                successor.datasets.save(DATASET, clock.now())
            work.commit()

    with pytest.raises(DatabaseUnavailableError):
        attempt()
    assert ask(database_url, WRITTEN) == [(0, 0)]


def test_a_connection_forgets_the_run_that_it_wrote_for(engine, clock, claim):
    name = "SHOW application_name"
    with SqlUnitOfWork(engine, claim) as work:
        assert work._connection.exec_driver_sql(name).scalar() == f"glassbox run {claim.run_id}"
    with SqlUnitOfWork(engine) as work:
        assert work._connection.exec_driver_sql(name).scalar() == "glassbox"


def test_who_lost_the_claim_can_neither_beat_nor_finish(engine, clock, claim):
    run, token = taken_over(engine, clock)
    with pytest.raises(FencedError), SqlUnitOfWork(engine) as work:
        work.jobs.beat(claim.run_id, claim.token, clock.now(), JobProgress(1, 2))
    with pytest.raises(FencedError), SqlUnitOfWork(engine) as work:
        work.jobs.finish(claim.run_id, claim.token, JobState.SUCCEEDED)
    assert token > claim.token
    with SqlUnitOfWork(engine) as work:
        assert work.jobs.get(claim.run_id).state is JobState.FAILED
        assert work.jobs.get(run.id).state is JobState.RUNNING


def test_a_connection_lost_in_a_statement_is_told_in_our_words(engine, clock, database_url):
    def attempt():
        with SqlUnitOfWork(engine) as work:
            ask(database_url, END_OTHERS)
            work.datasets.active()

    with pytest.raises(DatabaseUnavailableError, match="ended the connection in the middle"):
        attempt()


def test_a_connection_lost_when_nothing_is_left_to_do_is_no_error(engine, clock, database_url):
    with SqlUnitOfWork(engine) as work:
        work.datasets.active()
        ask(database_url, END_OTHERS)
    with SqlUnitOfWork(engine) as work:
        assert work.datasets.active() is None


def test_what_the_user_did_wrong_is_told_even_when_the_connection_is_lost(engine, clock, database_url):
    def attempt():
        with SqlUnitOfWork(engine):
            ask(database_url, END_OTHERS)
            raise InvalidRequestError("mine")

    with pytest.raises(InvalidRequestError, match="mine"):
        attempt()


def test_a_commit_on_a_lost_connection_fails_in_our_words(engine, clock, database_url):
    def attempt():
        with SqlUnitOfWork(engine) as work:
            work.datasets.save(DATASET, clock.now())
            ask(database_url, END_OTHERS)
            work.commit()

    with pytest.raises(DatabaseUnavailableError):
        attempt()
    with SqlUnitOfWork(engine) as work:
        assert work.datasets.active() is None


def test_copy_on_a_lost_connection_fails_in_our_words(engine, clock, database_url):
    """Reading and writing whole frames goes past SQLAlchemy, and so would its errors."""

    def attempt():
        with SqlUnitOfWork(engine) as work:
            dataset_id = work.datasets.save(DATASET, clock.now())
            ask(database_url, END_OTHERS)
            work.bars.panel(dataset_id, symbols=None)

    with pytest.raises(DatabaseUnavailableError):
        attempt()


@pytest.mark.parametrize("statement", ["SELECT pg_sleep(3)"])
def test_a_statement_that_takes_too_long_is_told_as_that(database_url, clock, statement):
    engine = open_engine(database_url, statement_timeout_s=1)
    with pytest.raises(DatabaseUnavailableError, match="timeout"), SqlUnitOfWork(engine) as work:
        work._connection.execute(text(statement))
    engine.dispose()
