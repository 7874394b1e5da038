"""``migrate``, ``ingest`` and ``score``: what they print, write and record."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import text

from services.storage.engine import open_engine
from tests.integration.cli.conftest import one_error
from tests.integration.processes.support import ask, contents

LAST_SESSION = "2013-03-01"
DOUBLES = (
    "SELECT (SELECT count(*) FROM datasets), (SELECT count(*) FROM instruments), "
    "(SELECT count(*) FROM bars), (SELECT count(*) FROM bar_versions), "
    "(SELECT count(*) FROM event_versions), (SELECT count(*) FROM signal_versions)"
)
RUNS = "SELECT job, state, attempt, rows_written, requested_by FROM job_runs ORDER BY id"


def test_json_stands_alone_on_standard_output(filled):
    url, (ingest, score) = filled
    ingested, scored = json.loads(ingest.stdout), json.loads(score.stdout)
    for report in (ingested, scored):
        assert {"symbols", "rows_written", "quarantined", "flagged", "seconds"} <= report.keys()
    ((n_bars, n_events),) = ask(url, "SELECT (SELECT count(*) FROM bars), (SELECT count(*) FROM events)")
    assert (ingested["symbols"], ingested["rows_written"]) == (5, n_bars + n_events)
    # FB has 196 bars, and a score needs 200.
    assert (scored["symbols"], scored["session"]) == (4, LAST_SESSION)
    assert ask(url, RUNS) == [
        ("ingest_bars", "succeeded", 1, ingested["rows_written"], "cli"),
        ("score_indicators", "succeeded", 1, scored["rows_written"], "cli"),
    ]


def test_the_same_again_writes_nothing(own_filled_url, call):
    before = ask(own_filled_url, DOUBLES)
    for name in ("ingest", "score"):
        assert json.loads(call(name, "--json", DATABASE_URL=own_filled_url).stdout)["rows_written"] == 0
    assert ask(own_filled_url, DOUBLES) == before


@pytest.mark.slow
def test_two_at_once_both_succeed_and_double_nothing(database_url, app, filled_url):
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda _: app("ingest", "--json", url=database_url), range(2)))
    assert [one.returncode for one in done] == [0, 0], done
    written = sorted(json.loads(one.stdout)["rows_written"] for one in done)
    assert written[0] == 0
    assert written[1] > 0
    assert ask(database_url, DOUBLES)[0][:5] == ask(filled_url, DOUBLES)[0][:5]
    assert [row[:3] for row in ask(database_url, RUNS)] == [("ingest_bars", "succeeded", 1)] * 2


def test_score_on_a_sunday_uses_and_names_the_session_before(own_filled_url, call):
    done = call("score", "--as-of", "2012-07-01", "--json", DATABASE_URL=own_filled_url)
    assert done.returncode == 0, done
    assert json.loads(done.stdout)["session"] == "2012-06-29"
    assert "2012-07-01" in done.stderr
    assert "2012-06-29" in done.stderr
    # What was scored of later sessions stays, and nothing of the past is restated.
    assert json.loads(done.stdout)["rows_written"] == 0
    assert ask(own_filled_url, "SELECT max(session) FROM signals") == [(date.fromisoformat(LAST_SESSION),)]


def test_score_up_to_a_day_writes_nothing_after_it(own_filled_url, call):
    ask(own_filled_url, "TRUNCATE signals, indicators")
    done = call("score", "--as-of", "2005-03-01", "--json", DATABASE_URL=own_filled_url)
    assert json.loads(done.stdout)["session"] == "2005-03-01"
    assert ask(own_filled_url, "SELECT max(session) FROM indicators") == [(date(2005, 3, 1),)]


def test_score_before_the_first_bar_touches_nothing(filled_url, call):
    before = contents(filled_url)
    error = one_error(call("score", "--as-of", "1999-12-31", DATABASE_URL=filled_url), 2)
    for named in ("1999-12-31", "2000-03-01", LAST_SESSION):
        assert named in error
    assert contents(filled_url) == before


def test_score_and_export_before_any_ingestion_say_what_to_do(database_url, call):
    before = contents(database_url)
    for arguments in (["score"], ["export", "signals"]):
        assert "python -m app ingest" in one_error(call(*arguments, DATABASE_URL=database_url), 2)
    assert contents(database_url) == before


def test_migrate_an_empty_database_and_again(database_url, call):
    with open_engine(database_url, pooled=False).begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    first, second = (
        json.loads(call("migrate", "--json", DATABASE_URL=database_url).stdout) for _ in range(2)
    )
    assert first["before"] is None
    assert first["schema"] == second["before"] == second["schema"]
    assert ask(database_url, "SELECT count(*) FROM job_runs") == [(0,)]


def test_migrate_says_it_in_a_sentence(database_url, call):
    assert call("migrate", DATABASE_URL=database_url).stdout == "The schema was up to date.\n"
