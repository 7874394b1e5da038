"""Old job runs and old sign-ins: which go, and which are kept for good."""

from dataclasses import replace
from datetime import timedelta

from models.domain.jobs import JobName, JobState
from models.domain.risk_request import BookOrigin, RiskRequest
from models.domain.settings import Settings
from services.jobs.handlers import build_handlers
from services.jobs.runner import JobRunner
from services.storage.unit_of_work import SqlUnitOfWork
from services.usecases.prune_history import prune_history
from tests.integration.processes.support import ask
from tests.integration.retention.conftest import days_ago
from tests.risk_reports import BOOK, make_report


def add_run(work, clock, job, n_days_old, state):
    moment = days_ago(clock, n_days_old)
    run_id = work.jobs.enqueue(job, moment)
    if state is not JobState.QUEUED:
        work.jobs.claim("test", moment, run_id)
    if state not in {JobState.QUEUED, JobState.RUNNING}:
        work.jobs.finish(run_id, token_of(work, run_id), state, finished_at=moment)


def token_of(work, run_id):
    return work._connection.exec_driver_sql(
        f"SELECT fencing_token FROM job_runs WHERE id = {run_id}"
    ).scalar_one()


def test_runs_of_the_last_90_days_stay_and_the_newest_of_each_job(engine, clock, steps, database_url):
    ingest, score, quotes = JobName.INGEST_BARS, JobName.SCORE_INDICATORS, JobName.REFRESH_QUOTES
    with SqlUnitOfWork(engine) as work:
        add_run(work, clock, ingest, 200, JobState.SUCCEEDED)
        add_run(work, clock, ingest, 91, JobState.FAILED)
        add_run(work, clock, ingest, 89, JobState.CANCELLED)
        add_run(work, clock, score, 300, JobState.SUCCEEDED)
        add_run(work, clock, score, 299, JobState.FAILED)
        add_run(work, clock, score, 298, JobState.QUEUED)
        add_run(work, clock, quotes, 150, JobState.SUCCEEDED)
        add_run(work, clock, quotes, 140, JobState.RUNNING)
        work.commit()
    result = prune_history(lambda: SqlUnitOfWork(engine), clock, steps)
    assert result.message == "deleted 3 job runs"
    ages = (
        "SELECT job, state, extract(day FROM TIMESTAMPTZ '{}' - scheduled_for)::int FROM job_runs ORDER BY id"
    )
    assert ask(database_url, ages.format(clock.now().isoformat())) == [
        ("ingest_bars", "cancelled", 89),
        ("score_indicators", "failed", 299),
        ("score_indicators", "queued", 298),
        ("refresh_quotes", "succeeded", 150),
        ("refresh_quotes", "running", 140),
    ]


def test_sign_ins_of_a_year_ago_go_and_what_was_done_stays(engine, clock, steps, database_url):
    with SqlUnitOfWork(engine) as work:
        for n_days in (364, 366):
            for action in ("sign_in", "sign_in_failed", "sign_out", "user_added", "job_cancel"):
                work.audit.add(days_ago(clock, n_days), "ada", action, f"{n_days}")
        work.commit()
    assert prune_history(lambda: SqlUnitOfWork(engine), clock, steps).message == "deleted 3 sign-ins"
    left = ask(database_url, "SELECT action FROM audit_log WHERE subject = '366' ORDER BY action")
    assert left == [("job_cancel",), ("user_added",)]
    assert ask(database_url, "SELECT count(*) FROM audit_log WHERE subject = '364'") == [(5,)]


def test_the_risk_of_edited_books_goes_after_a_quarter_and_that_of_every_evening_stays(
    history, engine, clock, steps, database_url
):
    edited = RiskRequest(weights=(("AAPL", 0.5), ("CASH", 0.5)))
    with SqlUnitOfWork(engine) as work:
        for n_days in (91, 89):
            computed_at = days_ago(clock, n_days)
            typed_in = make_report(
                edited, book=replace(BOOK, origin=BookOrigin.EDITED), computed_at=computed_at
            )
            work.risk.add(history.dataset_id, typed_in)
            work.risk.add(history.dataset_id, make_report(computed_at=computed_at))
        work.commit()
    result = prune_history(lambda: SqlUnitOfWork(engine), clock, steps)
    assert (result.rows_written, result.message) == (1, "deleted 1 risk report of edited books")
    ages = f"extract(day FROM TIMESTAMPTZ '{clock.now().isoformat()}' - computed_at)::int"
    left = ask(database_url, f"SELECT origin, {ages} FROM risk_reports ORDER BY id")
    assert left == [("portfolio", 91), ("edited", 89), ("portfolio", 89)]
    assert ask(database_url, "SELECT count(DISTINCT report_id) FROM risk_figures") == [(3,)]


def test_it_runs_as_a_job_and_keeps_its_own_record(engine, clock, database_url):
    """Under a fence, which wants its row of ``job_runs`` in every batch."""
    with SqlUnitOfWork(engine) as work:
        for n_days in (400, 300, 200):
            add_run(work, clock, JobName.PRUNE_HISTORY, n_days, JobState.SUCCEEDED)
        work.commit()
    runner = JobRunner(engine, clock, "cli:here:1", build_handlers(Settings(), clock))
    result = runner.run_now(JobName.PRUNE_HISTORY, {})
    assert (result.rows_written, result.message) == (2, "deleted 2 job runs")
    clock.time += timedelta(days=7)
    assert runner.run_now(JobName.PRUNE_HISTORY, {}).message == "deleted 1 job run"
    assert ask(database_url, "SELECT state, message FROM job_runs ORDER BY id") == [
        ("succeeded", "deleted 2 job runs"),
        ("succeeded", "deleted 1 job run"),
    ]
