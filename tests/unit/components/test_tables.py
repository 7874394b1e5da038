import json
from dataclasses import replace

import pytest

from components import tables
from models.domain.signals import Label
from tests.fakes_feed import FakeFeedQueries
from tests.feed_panels import SYNTHETIC, sample_details, synthetic_details


@pytest.fixture
def rows():
    return tables.feed_rows(FakeFeedQueries().feed())


def test_best_score_first_and_those_without_last(rows):
    scores = [row["confluence"] for row in rows]
    assert scores[:4] == sorted(scores[:4], reverse=True)
    assert rows[-1]["symbol"] == "FB"
    assert rows[-1]["reason"] == "No score yet: 196 of 200 sessions"
    assert rows[-1]["label"] == rows[-1]["quantile_label"] == "none"
    assert rows[0]["quantile_label"] == "buy"


def test_newer_sessions_come_before_better_scores():
    queries = FakeFeedQueries(details=dict(sample_details()))
    best = queries.details["IBM"]
    late = replace(best.row, session=best.row.session.replace(day=1, month=2))
    queries.details["IBM"] = replace(best, row=late)
    rows = tables.feed_rows(queries.feed())
    assert [row["symbol"] for row in rows] == ["AAPL", "GOOG", "MSFT", "IBM", "FB"]
    assert [row["is_behind"] for row in rows] == [False, False, False, True, False]


def test_cells_are_scalars_so_that_only_changed_ones_flash(rows):
    assert all(
        value is None or isinstance(value, str | float | int) for row in rows for value in row.values()
    )


def test_a_sparkline_spans_its_heights():
    assert tables.sparkline((10.0, 11.0, 12.0)) == "0 20 40"
    assert tables.sparkline((10.0, 10.0)) == "0 0"
    assert tables.sparkline((10.0,)) == ""


def test_confidence_is_told_with_base_rate_and_n_or_why_not():
    row = sample_details()["MSFT"].row
    assert row.label is Label.SELL
    assert tables.confidence_note(row).startswith("Too few")
    known = replace(row, confidence=0.54, confidence_base_rate=0.52, confidence_n=1204)
    assert tables.confidence_note(known) == "Base rate 52.0 %, n = 1,204"
    assert "no direction" in tables.confidence_note(sample_details()["AAPL"].row)
    assert tables.confidence_note(sample_details()["FB"].row) == ""


def test_a_phone_has_room_for_the_columns_that_always_stay():
    always = [each for each in tables.COLUMNS if each.get("context", {}).get("priority") == 1]
    assert [each["field"] for each in always] == ["symbol", "label", "confluence", "close", "day_change"]
    assert sum(each["context"]["narrow"] for each in always) <= 390 - 20 - 4


def test_every_visible_column_explains_itself():
    assert all(each["headerTooltip"] for each in tables.COLUMNS if not each.get("hide"))


def test_exported_columns_are_all_in_the_grid():
    assert set(tables.EXPORT_COLUMNS) <= {each["field"] for each in tables.COLUMNS}


def test_the_export_begins_as_that_of_the_command_line_and_adds_after_it():
    fixed = "symbol session label confluence technical sentiment model rsi_score macd_score ma_score bb_score"
    assert " ".join(tables.EXPORT_COLUMNS[:12]) == f"{fixed} confidence"
    assert tables.EXPORT_COLUMNS[-1] == "quantile_label"


def test_the_grid_takes_no_code_from_strings():
    grid = tables.signal_grid()
    assert grid.dangerously_allow_code is False


def test_a_large_feed_stays_small_on_the_wire():
    rows = tables.feed_rows(FakeFeedQueries(details=synthetic_details(), dataset=SYNTHETIC).feed())
    assert len(rows) == 504
    assert len(json.dumps(rows)) < 450_000
