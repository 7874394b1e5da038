"""Reports of risk are kept whole, found by their request, and refused with a figure that is none."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from models.domain.risk import Estimate
from models.domain.risk_request import RiskMethod, RiskRequest, RiskSettings
from services.storage.unit_of_work import SqlUnitOfWork
from tests.risk_reports import BOOK, make_report, make_snapshot

EDITED = RiskRequest(weights=(("AAPL", 0.4), ("CASH", 0.6)), methods=(RiskMethod.GBM,))


@pytest.fixture
def dataset_id(scored) -> int:
    with scored.desk.work() as work:
        return work.datasets.active().dataset.id


def keep(engine, dataset_id, *reports):
    with SqlUnitOfWork(engine) as work:
        ids = [work.risk.add(dataset_id, report) for report in reports]
        work.commit()
    return ids


def test_a_report_comes_back_as_it_was(engine, dataset_id):
    report = make_report()
    keep(engine, dataset_id, report)
    with SqlUnitOfWork(engine) as work:
        assert work.risk.newest(dataset_id, report.request.key) == report
        assert work.risk.newest(dataset_id, EDITED.key) is None


def test_the_newest_of_a_request_is_found_also_as_of_a_session(engine, dataset_id):
    report = make_report(backtest=None)
    earlier = replace(report, book=replace(BOOK, session=date(2013, 2, 1)))
    later = replace(report, computed_at=datetime(2026, 1, 6, tzinfo=UTC))
    keep(engine, dataset_id, later, report, earlier)
    with SqlUnitOfWork(engine) as work:
        assert work.risk.newest(dataset_id, report.request.key) == later
        assert work.risk.newest(dataset_id, report.request.key, date(2013, 2, 28)) == earlier
        assert work.risk.newest(dataset_id, report.request.key, date(2012, 2, 28)) is None


def test_of_an_edited_book_only_the_newest_keeps_its_details(engine, dataset_id):
    first = make_report(EDITED)
    second = replace(first, computed_at=datetime(2026, 1, 6, tzinfo=UTC))
    keep(engine, dataset_id, first, second)
    with SqlUnitOfWork(engine) as work:
        assert work.risk.newest(dataset_id, EDITED.key) == second
        figures = work.risk.figures(dataset_id, (None, None))
    assert len(figures) == 2 * 3
    assert figures["value_at_risk"].tolist() == [0.03, 0.045, 0.08] * 2
    with SqlUnitOfWork(engine) as work:
        assert len(work.risk.figures(dataset_id, (date(2013, 3, 2), None))) == 0


def test_what_is_no_figure_is_never_stored(engine, dataset_id):
    broken = replace(make_snapshot(RiskMethod.GBM), mean=Estimate(float("nan"), 0.0))
    with pytest.raises(ValueError, match="nan"):
        keep(engine, dataset_id, make_report(snapshots=(broken,)))


def test_a_request_is_known_by_what_it_asks():
    turned = replace(EDITED, weights=(("CASH", 0.6), ("AAPL", 0.4)))
    assert turned.key == EDITED.key
    assert RiskRequest(settings=RiskSettings(seed=1)).key != RiskRequest().key
    assert RiskRequest.from_parameters(EDITED.to_parameters()) == EDITED
