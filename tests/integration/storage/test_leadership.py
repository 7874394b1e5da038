"""The leader's lock between candidates of one process; whole processes are tested beside the jobs."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy.exc import DBAPIError

from models.domain.errors import FencedError
from services.storage.engine import open_engine
from services.storage.leadership import STALE_AFTER, LeaderLock
from services.storage.unit_of_work import SqlUnitOfWork
from tests.integration.processes.support import ask


@pytest.fixture
def candidate(database_url):
    """Make candidates; their locks are given back at the end."""
    made = []

    def make(owner):
        made.append(LeaderLock(open_engine(database_url, pooled=False), owner))
        return made[-1]

    yield make
    for lock in made:
        lock.release()


def test_one_leads_and_the_other_waits(candidate, clock):
    one, other = candidate("one"), candidate("other")
    assert one.try_acquire(clock.now())
    assert not other.try_acquire(clock.now())
    assert other.token is None
    one.release()
    assert other.try_acquire(clock.now())


def test_eight_at_once_make_one_leader(candidate, clock):
    locks = [candidate(str(number)) for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda lock: lock.try_acquire(clock.now()), locks)) == 1


def test_tokens_rise_from_leader_to_leader(candidate, clock, database_url):
    tokens = []
    for owner in ("one", "other", "one"):
        lock = candidate(owner)
        assert lock.try_acquire(clock.now())
        tokens.append(lock.token)
        assert ask(database_url, "SELECT owner, token FROM leadership") == [(owner, lock.token)]
        lock.release()
    assert tokens == sorted(set(tokens))


def test_a_leader_that_beats_keeps_the_lead(candidate, clock):
    one, other = candidate("one"), candidate("other")
    one.try_acquire(clock.now())
    for _ in range(4):
        clock.time += STALE_AFTER / 2
        one.beat(clock.now())
        assert not other.try_acquire(clock.now())


def test_a_silent_leader_is_replaced_and_can_no_longer_beat(candidate, clock):
    one, other = candidate("one"), candidate("other")
    one.try_acquire(clock.now())
    clock.time += STALE_AFTER
    assert other.try_acquire(clock.now())
    assert other.token > one.token
    with pytest.raises(DBAPIError):
        one.beat(clock.now())
    one.release()
    assert not one.try_acquire(clock.now())


def test_a_leader_whose_row_another_wrote_is_told(candidate, clock, database_url):
    one = candidate("one")
    one.try_acquire(clock.now())
    ask(database_url, "UPDATE leadership SET token = token + 1")
    with pytest.raises(FencedError):
        one.beat(clock.now())


def test_who_never_led_cannot_beat(candidate, clock):
    with pytest.raises(FencedError):
        candidate("one").beat(clock.now())


def test_a_lost_connection_gives_the_lead_away(candidate, clock, database_url):
    one, other = candidate("one"), candidate("other")
    one.try_acquire(clock.now())
    ask(database_url, "SELECT pg_terminate_backend(backend_pid, 1000) FROM leadership")
    assert other.try_acquire(clock.now())
    one.release()


def test_work_is_begun_only_under_the_newest_token(candidate, clock, engine):
    one = candidate("one")
    one.try_acquire(clock.now())
    with SqlUnitOfWork(engine) as work:
        work.jobs.check_leader(one.token)
    clock.time += STALE_AFTER + timedelta(seconds=1)
    candidate("other").try_acquire(clock.now())
    with pytest.raises(FencedError), SqlUnitOfWork(engine) as work:
        work.jobs.check_leader(one.token)


def test_a_leader_stopped_while_it_starts_work_does_not_keep_its_row(candidate, clock, engine):
    one, other = candidate("one"), candidate("other")
    one.try_acquire(clock.now())
    with SqlUnitOfWork(engine) as work:
        work.jobs.check_leader(one.token)
        clock.time += STALE_AFTER
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(other.try_acquire, clock.now()).result(5)
