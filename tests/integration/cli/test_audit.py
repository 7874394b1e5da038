"""``audit``: what it prints, stores and answers with."""

import json

import pytest

from app.cli import audit as command
from models.domain.trials import AuditCheck
from services.usecases.audit_pipeline import AuditReport
from tests.integration.cli.conftest import one_error
from tests.integration.processes.support import ask

STORED = "SELECT passed, checks, trial_id, length(code_version) FROM audits ORDER BY id"


@pytest.mark.slow
def test_the_training_on_the_sample_is_clean_and_the_findings_are_kept(own_filled_url, call):
    done = call("audit", "--json", DATABASE_URL=own_filled_url)
    assert done.returncode == 0, done
    report = json.loads(done.stdout)
    assert report["passed"] is True
    assert [check for check in report["checks"] if not check["passed"]] == []
    details = {check["name"]: check["detail"] for check in report["checks"]}
    assert len(details) == len(report["checks"]) == 18
    assert details["truncation invariance"].startswith("92 features pass (5 of 5 symbols, cut after ")
    assert details["chronological order"].endswith("(2 folds)")
    n_fills = int(details["same-bar execution"].split(" fills")[0])
    assert n_fills > 20
    assert ask(own_filled_url, STORED) == [(True, report["checks"], None, 64)]


def test_a_failed_check_ends_with_status_1_and_says_which(filled_url, call, monkeypatch):
    checks = (
        AuditCheck("disjoint dates", True, "fine"),
        AuditCheck("embargo", False, "a label ends too late"),
    )
    monkeypatch.setattr(command, "audit_pipeline", lambda *_: AuditReport(7, "a market", checks))
    done = call("audit", "--json", DATABASE_URL=filled_url)
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert (report["passed"], report["audit"]) == (False, 7)
    assert [check["passed"] for check in report["checks"]] == [True, False]
    spoken = call("audit", DATABASE_URL=filled_url)
    assert spoken.returncode == 1
    assert "FAILED  embargo         a label ends too late" in spoken.stdout
    assert "a market: 2 checks, 1 failed, in " in spoken.stdout


def test_before_any_ingestion_it_says_what_to_do(database_url, call):
    assert "python -m app ingest" in one_error(call("audit", DATABASE_URL=database_url), 2)
    assert ask(database_url, STORED) == []
