"""What a merge writes, what it keeps of before, and what it leaves alone."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from models.domain.market import Dataset, Instrument, PriceBasis
from models.tables import bar_versions, bars, indicators, signal_versions, signals
from services.storage.datasets import SqlDatasetRepository
from services.storage.merging import MergeTarget, merge

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
LATER = datetime(2026, 1, 6, 12, tzinfo=UTC)
LATEST = datetime(2026, 1, 7, 12, tzinfo=UTC)
BARS = MergeTarget(bars, versions=bar_versions)
SIGNALS = MergeTarget(signals, versions=signal_versions, silent=("computed_at", "segment"))


@pytest.fixture
def instrument_id(engine):
    dataset = Dataset("fake", "f" * 8, "Fake", PriceBasis.RAW)
    with engine.begin() as connection:
        repository = SqlDatasetRepository(connection)
        members = repository.save_instruments(repository.save(dataset, NOON), [Instrument("AAA", "A")])
    return members["AAA"]


@pytest.fixture
def frame(instrument_id):
    """Three bars, the last one of an index without volume."""
    session = pd.to_datetime(["2024-01-02", "2024-01-03", "2024-01-04"])
    return pd.DataFrame(
        {
            "instrument_id": instrument_id,
            "session": session,
            "open": [1.0, 2.0, 3.0],
            "high": [1.5, 2.5, 3.5],
            "low": [0.5, 1.5, 2.5],
            "close": [1.25, 2.25, 3.25],
            "volume": [10.0, 20.0, np.nan],
            "adj_close": [np.nan, np.nan, np.nan],
            "known_at": session + pd.Timedelta(hours=21),
        }
    )


def rows(engine, query):
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def write(engine, target, frame, now):
    with engine.begin() as connection:
        return merge(connection, target, frame, now).n_rows


def test_new_rows_keep_their_own_time_of_knowledge(engine, frame):
    assert write(engine, BARS, frame, NOON) == 3
    found = rows(engine, "SELECT known_at FROM bars ORDER BY session")
    assert [moment for (moment,) in found] == frame["known_at"].dt.tz_localize(UTC).tolist()
    assert rows(engine, "SELECT count(*) FROM bar_versions") == [(0,)]


def test_equal_rows_are_not_written_again_nan_included(engine, frame):
    write(engine, BARS, frame, NOON)
    before = rows(engine, "SELECT xmin, ctid, * FROM bars ORDER BY session")
    shuffled = frame.iloc[[2, 0, 1]].assign(known_at=pd.Timestamp("2025-05-05"))
    assert write(engine, BARS, shuffled, LATER) == 0
    assert rows(engine, "SELECT xmin, ctid, * FROM bars ORDER BY session") == before
    assert rows(engine, "SELECT count(*) FROM bar_versions") == [(0,)]


def test_a_changed_row_is_known_from_now_and_its_old_version_until_now(engine, frame):
    write(engine, BARS, frame, NOON)
    changed = frame.assign(close=[1.25, 9.75, 3.25])
    assert write(engine, BARS, changed, LATER) == 1
    assert rows(engine, "SELECT session::text, close, known_at FROM bars WHERE known_at > '2025-01-01'") == [
        ("2024-01-03", 9.75, LATER)
    ]
    assert rows(engine, "SELECT session::text, close, known_at, believed_until FROM bar_versions") == [
        ("2024-01-03", 2.25, datetime(2024, 1, 3, 21, tzinfo=UTC), LATER)
    ]


@pytest.mark.parametrize(("before", "after"), [(np.nan, 7.0), (7.0, np.nan)])
def test_a_value_that_comes_or_goes_is_a_change(engine, frame, before, after):
    write(engine, BARS, frame.assign(volume=before), NOON)
    assert write(engine, BARS, frame.assign(volume=after), LATER) == 3
    found = rows(engine, "SELECT volume FROM bar_versions UNION ALL SELECT volume FROM bars")
    assert sorted(map(str, {value for (value,) in found})) == ["7.0", "None"]


def test_new_changed_and_equal_in_one_merge(engine, frame):
    write(engine, BARS, frame.iloc[:2], NOON)
    assert write(engine, BARS, frame.assign(open=[1.0, 2.125, 3.0]), LATER) == 2
    assert rows(engine, "SELECT count(*) FROM bars") == [(3,)]
    assert rows(engine, "SELECT open, believed_until FROM bar_versions") == [(2.0, LATER)]


def test_every_version_is_kept_and_their_times_join(engine, frame):
    one = frame.iloc[:1]
    for close, now in ((1.0, NOON), (2.0, LATER), (1.0, LATEST)):
        write(engine, BARS, one.assign(close=close), now)
    found = rows(
        engine,
        "SELECT close, known_at, believed_until FROM bar_versions "
        "UNION ALL SELECT close, known_at, NULL FROM bars ORDER BY known_at",
    )
    closed = datetime(2024, 1, 2, 21, tzinfo=UTC)
    assert found == [(1.0, closed, LATER), (2.0, LATER, LATEST), (1.0, LATEST, None)]


def test_two_merges_in_one_transaction(engine, frame):
    with engine.begin() as connection:
        assert merge(connection, BARS, frame, NOON).n_rows == 3
        assert merge(connection, BARS, frame, NOON).n_rows == 0
        assert merge(connection, BARS, frame.assign(close=[1.0, 2.25, 3.25]), LATER).n_rows == 1
    assert rows(engine, "SELECT count(*) FROM bars") == [(3,)]


def test_changes_of_one_moment_leave_what_was_believed_before_it(engine, frame):
    """A clock may stand still between two corrections; nobody ever believed what lasted no time."""
    write(engine, BARS, frame, NOON)
    for close in (7.0, 8.0, 9.0):
        write(engine, BARS, frame.iloc[:1].assign(close=close), LATER)
    assert rows(engine, "SELECT close, known_at FROM bars WHERE close > 5") == [(9.0, LATER)]
    closed = datetime(2024, 1, 2, 21, tzinfo=UTC)
    assert rows(engine, "SELECT close, known_at, believed_until FROM bar_versions") == [(1.25, closed, LATER)]


def test_nothing_of_a_failed_merge_stays(engine, frame):
    with pytest.raises(IntegrityError):
        write(engine, BARS, pd.concat([frame, frame.iloc[:1]]), NOON)
    assert rows(engine, "SELECT count(*) FROM bars") == [(0,)]
    assert write(engine, BARS, frame, NOON) == 3


def test_no_rows_write_nothing(engine, frame):
    assert write(engine, BARS, frame.iloc[:0], NOON) == 0


def test_a_table_without_versions(engine, instrument_id):
    columns = [column.name for column in indicators.columns]
    frame = pd.DataFrame({name: [np.nan] for name in columns}).assign(
        instrument_id=instrument_id, session=pd.Timestamp("2024-01-02"), window_sessions=1, filled_sessions=0
    )
    target = MergeTarget(indicators)
    assert [write(engine, target, frame, NOON) for _ in range(2)] == [1, 0]
    assert write(engine, target, frame.assign(rsi_14=55.5), LATER) == 1
    assert rows(engine, "SELECT rsi_14, macd FROM indicators") == [(55.5, None)]


def signal_frame(instrument_id, **values):
    row = dict.fromkeys(column.name for column in signals.columns)
    row |= {
        "instrument_id": instrument_id,
        "session": pd.Timestamp("2024-01-02"),
        "label": "HOLD",
        "technical_label": "HOLD",
        "confluence": 0.5,
        "segment": "live",
        "computed_at": pd.Timestamp("2026-01-05"),
        "known_at": pd.Timestamp("2024-01-02 21:00"),
    }
    frame = pd.DataFrame([row | values])
    return frame.astype({"confidence_n": "Int64", "model_id": "Int64"})


def test_silent_columns_alone_are_no_change(engine, instrument_id):
    write(engine, SIGNALS, signal_frame(instrument_id), NOON)
    again = {"segment": "backtest", "computed_at": pd.Timestamp("2026-02-02")}
    assert write(engine, SIGNALS, signal_frame(instrument_id, **again), LATER) == 0
    assert rows(engine, "SELECT segment, computed_at::date::text FROM signals") == [("live", "2026-01-05")]


def test_silent_columns_follow_a_change_beside_them(engine, instrument_id):
    write(engine, SIGNALS, signal_frame(instrument_id), NOON)
    again = {"segment": "backtest", "computed_at": pd.Timestamp("2026-02-02"), "label": "BUY"}
    assert write(engine, SIGNALS, signal_frame(instrument_id, **again), LATER) == 1
    assert rows(engine, "SELECT label, segment, known_at FROM signals") == [("BUY", "backtest", LATER)]
    assert rows(engine, "SELECT label, segment, believed_until FROM signal_versions") == [
        ("HOLD", "live", LATER)
    ]


@pytest.mark.parametrize(("threshold", "is_known"), [(3, True), (4, False)])
def test_a_large_merge_tells_the_planner_what_came(engine, frame, monkeypatch, threshold, is_known):
    """Until PostgreSQL has gathered statistics, the next merge of a few rows would read the whole table."""
    monkeypatch.setattr("services.storage.merging._ANALYZED_FROM_ROWS", threshold)
    assert write(engine, BARS, frame, NOON) == 3
    statistics = rows(engine, "SELECT count(*) FROM pg_stats WHERE tablename = 'bars'")
    assert (statistics[0][0] > 0) is is_known
