"""Decisions on quarantine through the pages' own address: an admin's are carried out, all others refused."""

import pytest
from sqlalchemy import func, select

from components.ids import Quarantine
from models.domain.errors import NotYetComputedError
from models.domain.market import BarRule
from models.tables import audit_log, bars, quarantine
from services.storage.unit_of_work import SqlUnitOfWork
from services.usecases.ingest_bars import ingest_bars
from tests.quality_source import TwoSymbols

RULE = BarRule.OUTSIDE_RANGE.value


ROW = {"symbol": "AAA", "rule": RULE, "source": "AAA.csv:6"}


@pytest.fixture
def _ingested(engine, clock):
    ingest_bars(lambda: SqlUnitOfWork(engine), TwoSymbols(), clock, lambda *_: None)


def decide(client, asked, n_clicks=1):
    body = {
        "output": f"{Quarantine.RESULT}.children",
        "outputs": {"id": Quarantine.RESULT, "property": "children"},
        "inputs": [
            {"id": Quarantine.DECIDE, "property": "n_clicks", "value": n_clicks},
            {"id": Quarantine.ROW, "property": "data", "value": ROW},
        ],
        "state": [{"id": Quarantine.ASKED, "property": "data", "value": asked}],
        "changedPropIds": [f"{Quarantine.DECIDE}.n_clicks"],
    }
    return client.post("/_dash-update-component", json=body)


def decided(engine) -> dict:
    with engine.connect() as connection:
        row = connection.execute(select(quarantine)).one()
        n_audited = connection.execute(
            select(func.count()).where(audit_log.c.action.like("quarantine%"))
        ).scalar_one()
        n_bars = connection.execute(select(func.count()).select_from(bars)).scalar_one()
    return {"status": row.status, "by": row.decided_by, "n_audited": n_audited, "n_bars": n_bars}


UNTOUCHED = {"status": "quarantined", "by": None, "n_audited": 0, "n_bars": 19}


@pytest.mark.usefixtures("_ingested")
def test_an_admin_releases_a_row_and_it_is_said_stored_and_audited(engine, signed_in):
    answer = decide(signed_in("ada"), {**ROW, "status": "released"})
    assert answer.status_code == 200
    assert "Released: the row of AAA is a bar now" in answer.text
    assert decided(engine) == {"status": "released", "by": "ada", "n_audited": 1, "n_bars": 20}


@pytest.mark.usefixtures("_ingested")
def test_an_admin_confirms_a_row(engine, signed_in):
    answer = decide(signed_in("ada"), {**ROW, "status": "confirmed"})
    assert "Confirmed: the row of AAA stays out." in answer.text
    assert decided(engine) == {"status": "confirmed", "by": "ada", "n_audited": 1, "n_bars": 19}


@pytest.mark.usefixtures("_ingested")
@pytest.mark.parametrize("status", ["released", "confirmed"])
def test_a_viewer_who_forges_the_request_changes_nothing(engine, signed_in, status):
    answer = decide(signed_in("vera"), {**ROW, "status": status})
    assert "Nothing was decided. This needs the role admin" in answer.text
    assert decided(engine) == UNTOUCHED


@pytest.mark.usefixtures("_ingested")
def test_a_guest_who_forges_the_request_changes_nothing(engine, dev):
    answer = decide(dev, {**ROW, "status": "released"})
    assert "Nothing was decided. This needs the role admin" in answer.text
    assert decided(engine) == UNTOUCHED


@pytest.mark.usefixtures("_ingested")
def test_nobody_decides_without_a_session(engine, prod):
    assert decide(prod, {**ROW, "status": "released"}).status_code == 401
    assert decided(engine) == UNTOUCHED


@pytest.mark.usefixtures("_ingested")
def test_another_website_decides_nothing_for_an_admin(engine, signed_in):
    client = signed_in("ada")
    body = {"output": f"{Quarantine.RESULT}.children"}
    answer = client.post("/_dash-update-component", json=body, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert decided(engine) == UNTOUCHED


@pytest.mark.usefixtures("_ingested")
def test_a_row_that_there_is_none_of_is_refused_in_words(engine, signed_in):
    answer = decide(signed_in("ada"), {**ROW, "source": "other.csv:1", "status": "released"})
    assert "Nothing was decided. No row of AAA from other.csv:1" in answer.text
    assert decided(engine) == UNTOUCHED


@pytest.mark.usefixtures("_ingested")
def test_the_report_holds_what_was_stored(services):
    report = services.quality.report()
    assert [row.symbol for row in report.symbols] == ["AAA", "BBB"]
    first = report.symbols[0]
    assert (first.n_bars, first.n_expected, first.n_quarantined, first.rules) == (9, 10, 1, (RULE,))
    assert first.completeness == pytest.approx(0.9)
    assert report.n_present.tolist() == [2, 2, 2, 2, 1, 2, 2, 2, 2, 2]
    assert (report.n_quarantine, report.n_waiting, report.n_released) == (1, 1, 0)
    counted = {rule.rule: (rule.n_rows, rule.n_symbols) for rule in report.rules if rule.n_rows}
    assert counted == {RULE: (1, 1)}
    row = report.quarantine[0]
    assert (row.source, row.open, row.high, row.adj_close) == (
        "AAA.csv:6",
        5.0,
        pytest.approx(10.944444),
        None,
    )
    evidence = services.quality.symbol("AAA")
    assert [(gap.first.isoformat(), gap.n_sessions) for gap in evidence.gaps] == [("2013-02-08", 1)]
    assert services.quality.symbol("BBB").gaps == ()


@pytest.mark.usefixtures("_ingested")
def test_a_decision_makes_another_version_of_the_report(services, signed_in):
    before = services.quality.report()
    decide(signed_in("ada"), {**ROW, "status": "confirmed"})
    after = services.quality.report()
    assert after.version != before.version
    assert (after.n_waiting, after.n_released) == (0, 0)


def test_before_the_first_ingestion_the_report_says_what_goes_on(services):
    with pytest.raises(NotYetComputedError, match="No worker is running"):
        services.quality.report()
    assert services.quality.supply() is None
