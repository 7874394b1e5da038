"""Replaced values: which go, and which moments can be told afterwards."""

import itertools
from datetime import timedelta

import numpy as np
import pytest

from models.domain.errors import JobCancelledError, PrunedHistoryError
from models.domain.retention import VersionSubject
from services.usecases import prune_history as module
from services.usecases.prune_history import prune_history
from tests.integration.processes.support import ask, run_app
from tests.integration.retention.conftest import FIRST_STORED, days_ago

pytestmark = pytest.mark.slow

SECOND = timedelta(seconds=1)
UNTIL = "SELECT subject, pruned_until FROM retention ORDER BY subject"


def test_what_was_replaced_two_years_ago_goes_and_the_rest_stays(history, clock, steps, database_url):
    old, young = days_ago(clock, 800), days_ago(clock, 700)
    history.change([3, 4, 40], old)
    history.change([3, 5], young)
    moments = [old, old + timedelta(days=50), young - SECOND, young, clock.now()]
    before = [history.known(moment) for moment in [*moments, None]]

    result = prune_history(history.work, clock, steps)

    assert result.rows_written == 3
    assert result.message == "deleted 3 values of bars"
    assert [history.known(moment) for moment in [*moments, None]] == before
    assert ask(database_url, "SELECT count(*) FROM bar_versions") == [(2,)]
    assert ask(database_url, UNTIL) == [("bars", old)]
    with pytest.raises(PrunedHistoryError, match=rf"{old:%Y-%m-%d %H:%M:%S} UTC are deleted"):
        history.known(old - SECOND)


def test_where_nothing_was_replaced_every_moment_can_be_told(history, clock, steps, database_url):
    moments = [FIRST_STORED - timedelta(days=days) for days in (1, 30, 60)]
    before = [history.known(moment) for moment in moments]
    assert len(before[0][0]) > len(before[1][0]) > 0 == len(before[2][0])
    clock.time = FIRST_STORED + timedelta(days=10_000)
    assert prune_history(history.work, clock, steps).message == "nothing is old enough to delete"
    assert [history.known(moment) for moment in moments] == before
    assert ask(database_url, UNTIL) == []


@pytest.mark.parametrize("seed", range(5))
def test_no_answer_changes_after_any_pruning(history, clock, steps, database_url, seed):
    """Changes at random moments; every moment answers as before or is refused, and none without need."""
    rng = np.random.default_rng(seed)
    changed_at = sorted(days_ago(clock, n_days) for n_days in rng.uniform(600, 900, 8))
    for moment in changed_at:
        history.change(rng.choice(60, 7, replace=False), moment)
    moments = [
        moment + shift for moment, shift in itertools.product(changed_at, (-SECOND, SECOND * 0, SECOND))
    ]
    before = {moment: history.known(moment) for moment in moments}
    prune_history(history.work, clock, steps)
    deleted = [moment for moment in changed_at if moment < days_ago(clock, 730)]
    for moment in moments:
        if deleted and moment < max(deleted):
            with pytest.raises(PrunedHistoryError):
                history.known(moment)
        else:
            assert history.known(moment) == before[moment]
    kept = ask(database_url, "SELECT min(believed_until) FROM bar_versions")[0][0]
    assert kept is None or kept >= days_ago(clock, 730)


def test_a_replaced_event_counts_for_the_prices_too(history, clock, steps, database_url):
    old = days_ago(clock, 800)
    history.pay_dividend(0.5, FIRST_STORED)
    history.pay_dividend(0.6, old)
    assert history.known(old - SECOND)[2].count(0.5) == 1
    assert prune_history(history.work, clock, steps).message == "deleted 1 value of events"
    assert ask(database_url, UNTIL) == [("events", old)]
    assert history.known(old)[2].count(0.6) == 1
    with pytest.raises(PrunedHistoryError):
        history.known(old - SECOND)


def test_a_replaced_signal_closes_the_signals_alone(history, clock, steps, database_url):
    old = days_ago(clock, 800)
    aapl = history.ids["AAPL"]
    ask(
        database_url,
        "INSERT INTO signal_versions (instrument_id, session, label, technical_label, segment, computed_at, "
        f"known_at, believed_until) VALUES ({aapl}, '2020-01-15', 'HOLD', 'HOLD', 'backtest', "
        f"'2020-02-20', '2020-01-15 21:00+00', '{old.isoformat()}')",
    )

    def exported(moment):
        with history.work() as work:
            return len(work.signals.export_signals(history.dataset_id, (), (None, None), moment))

    assert [exported(old - SECOND), exported(old)] == [1, 0]
    assert prune_history(history.work, clock, steps).message == "deleted 1 value of signals"
    assert exported(old) == 0
    with pytest.raises(PrunedHistoryError):
        exported(old - SECOND)
    assert history.known(old - SECOND)


def test_it_goes_in_batches_and_stops_between_them(history, clock, monkeypatch, database_url):
    """What is deleted when somebody cancels is deleted, and known to be."""
    monkeypatch.setattr(module, "_N_ROWS_A_BATCH", 4)
    first, second = days_ago(clock, 900), days_ago(clock, 800)
    history.change(range(6), first)
    history.change(range(6, 11), second)
    told = []

    def stop_after_the_second(done, total, message):
        told.append((done, total, message))
        if done >= 8:
            raise JobCancelledError("stopped on request")

    with pytest.raises(JobCancelledError):
        prune_history(history.work, clock, stop_after_the_second)
    assert told == [
        (0, 0, "counting what is old"),
        (0, 11, "deleting old values of bars"),
        (4, 11, "deleting old values of bars"),
        (8, 11, "deleting old values of bars"),
    ]
    left = ask(database_url, "SELECT believed_until FROM bar_versions")
    assert len(left) == 3
    ((_, until),) = ask(database_url, UNTIL)
    n_gone = {first: 6, second: 5}
    for (moment,) in left:
        n_gone[moment] -= 1
    assert until == max(moment for moment, n_rows in n_gone.items() if n_rows)

    prune_history(history.work, clock, lambda *_: None)
    assert ask(database_url, "SELECT count(*) FROM bar_versions") == [(0,)]
    assert ask(database_url, UNTIL) == [("bars", second)]


def test_the_moment_never_moves_back(history, clock, steps, database_url):
    with history.work() as work:
        assert work.retention.pruned_until(VersionSubject.BARS) is None
    history.change([1], days_ago(clock, 800))
    prune_history(history.work, clock, steps)
    ask(
        database_url,
        "INSERT INTO bar_versions SELECT b.*, TIMESTAMPTZ '2021-01-01 00:00+00' FROM bars b LIMIT 1",
    )
    prune_history(history.work, clock, steps)
    with history.work() as work:
        assert work.retention.pruned_until(VersionSubject.BARS) == days_ago(clock, 800)


def test_the_command_says_so(history, clock, steps, database_url, tmp_path):
    old = days_ago(clock, 800)
    history.change([3], old)
    prune_history(history.work, clock, steps)
    done = run_app("export", "bars", "--as-of", "2020-02-01", DATABASE_URL=database_url, DATA_DIR=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "What was known on 2020-01-31 21:00 UTC cannot be told any more" in done.stderr
    assert f"{old:%Y-%m-%d %H:%M:%S} UTC are deleted" in done.stderr
