"""Rejected rows: released or confirmed by an administrator, and what the same source does to them then."""

import pandas as pd
import pytest

from models.domain.errors import InvalidRequestError
from models.domain.market import QuarantineKey
from models.domain.users import Role
from services.commands.access import Actor, NotAllowedError, act_as
from tests.unit.providers.files.writing import make_bars, write

HEADER = "date,symbol,open,high,low,close,volume"
SESSION = "2020-01-08"
WRONG = f"{SESSION},AAPL,50,49,48,48.5,700"  # opened above its high


@pytest.fixture
def lines(store):
    """Sound rows of two symbols, without AAPL on one session."""
    bars = make_bars(n=30)
    rows = write(store.folder / "a.csv", bars[["session", "symbol", *HEADER.split(",")[2:]]]).read_text()
    return [row for row in rows.splitlines() if not row.startswith(f"{SESSION},AAPL")]


def ingest(store, lines, *more):
    (store.folder / "a.csv").write_text("\n".join([*lines, *more]) + "\n")
    store.later()
    return store.ingest()


def quarantine(store):
    return store.reading("quarantine", "rows")


def key_of(store, place=0):
    row = quarantine(store).iloc[place]
    return QuarantineKey(row["symbol"], row["rule"], row["source"])


def bar(store, session=SESSION):
    found = store.export("bars", symbols=("AAPL",))
    return found[found["session"] == session]


def audit(store):
    return store.sql("SELECT actor, action, subject, detail FROM audit_log ORDER BY id").to_numpy().tolist()


def test_a_released_row_is_a_bar_known_from_then_on(store, lines, admin):
    ingest(store, lines, WRONG)
    assert bar(store).empty
    with store.work() as work:
        dataset_id = work.datasets.active().dataset.id
        work.datasets.mark_scored(work.datasets.changed_from(dataset_id))
        work.commit()
    store.later()
    store.commands.release(key_of(store), "10.0.0.1")
    released = bar(store)
    assert released[["open", "high", "low", "close", "volume"]].to_numpy().tolist() == [
        [50.0, 49.0, 48.0, 48.5, 700.0]
    ]
    assert released["known_at"].tolist() == [store.clock.now().isoformat()]
    row = quarantine(store).iloc[0]
    assert (row["status"], row["decided_by"]) == ("released", "ada")
    assert row["decided_at"] == store.clock.now()
    changed = store.sql("SELECT changed_from FROM instruments WHERE symbol = 'AAPL'")
    assert str(changed.iloc[0, 0]) == SESSION
    assert audit(store) == [
        [
            "ada",
            "quarantine_release",
            f"{dataset_id} AAPL {SESSION}",
            {"rule": "open_or_close_outside_range", "source": f"a.csv:{len(lines) + 1}"},
        ]
    ]


def test_deciding_twice_is_deciding_once(store, lines, admin):
    other = "2020-01-08,MSFT,50,49,48,48.5,700"
    ingest(store, [line for line in lines if not line.startswith("2020-01-08,MSFT")], WRONG, other)
    for decide, place in ((store.commands.release, 0), (store.commands.confirm, 1)):
        key = key_of(store, place)
        for _ in range(2):
            store.later()
            decide(key)
    assert [row[1] for row in audit(store)] == ["quarantine_release", "quarantine_confirm"]
    assert quarantine(store)["decided_at"].is_monotonic_increasing
    assert store.sql("SELECT count(*) FROM bar_versions").iloc[0, 0] == 0


def test_the_same_source_again_undoes_nothing_and_doubles_nothing(store, lines, admin):
    ingest(store, lines, WRONG)
    store.later()
    store.commands.release(key_of(store))
    again = ingest(store, lines, WRONG)  # read again, to assess what was released
    assert again.rows_written == 0
    assert len(store.reading("quality", "runs")) == 2
    assert store.reading("quality", "scores").set_index("symbol").loc["AAPL", "validity"] == 1.0
    # Read again for another row, while the row moved to another line of its file.
    ingest(store, [*lines[:5], "2020-02-14,MSFT,9,10,8,9,5", *lines[5:]], WRONG)
    assert quarantine(store)["status"].tolist() == ["released"]
    assert quarantine(store)["source"].tolist() == [f"a.csv:{len(lines) + 2}"]
    assert len(bar(store)) == 1
    assert len(store.reading("quality", "runs")) == 3


@pytest.mark.slow
def test_a_row_with_other_values_is_to_be_looked_at_again(store, lines, admin):
    ingest(store, lines, WRONG)
    store.commands.confirm(key_of(store))
    ingest(store, lines, WRONG.replace("48.5", "48.7"))
    row = quarantine(store).iloc[0]
    assert (row["status"], row["close"], row["decided_by"]) == ("quarantined", 48.7, None)
    store.commands.release(key_of(store))
    ingest(store, lines, WRONG.replace("48.5", "48.9"))
    assert quarantine(store)["status"].tolist() == ["quarantined"]
    assert bar(store)["close"].tolist() == [48.7]
    store.later()
    store.commands.release(key_of(store))
    assert bar(store)["close"].tolist() == [48.9]
    assert store.sql("SELECT close FROM bar_versions")["close"].tolist() == [48.7]


def test_a_row_that_the_source_has_mended_leaves(store, lines, admin):
    ingest(store, lines, WRONG)
    assert len(quarantine(store)) == 1
    key = key_of(store)
    ingest(store, lines, WRONG.replace("50,49", "48.2,49"))
    assert quarantine(store).empty
    assert bar(store)["open"].tolist() == [48.2]
    with pytest.raises(InvalidRequestError, match="the source has mended it"):
        store.commands.release(key)


def test_one_of_two_that_contradict_each_other(store, lines, admin):
    ingest(store, lines, f"{SESSION},AAPL,48,49,47,48,700", f"{SESSION},AAPL,48,49,47,48.5,700")
    assert quarantine(store)["rule"].tolist() == ["conflicting_duplicate"] * 2
    assert store.reading("quality", "scores").set_index("symbol").loc["AAPL", "uniqueness"] == 1 - 2 / 31
    store.commands.release(key_of(store, 1))
    with pytest.raises(InvalidRequestError, match="released already; a session has one bar"):
        store.commands.release(key_of(store, 0))
    store.commands.confirm(key_of(store, 0))
    assert bar(store)["close"].tolist() == [48.5]
    assert sorted(quarantine(store)["status"]) == ["confirmed", "released"]
    with pytest.raises(InvalidRequestError, match="is a bar by now"):
        store.commands.confirm(key_of(store, 1))
    store.commands.confirm(key_of(store, 0))


def test_a_confirmed_row_may_still_be_released(store, lines, admin):
    ingest(store, lines, WRONG)
    store.commands.confirm(key_of(store))
    assert bar(store).empty
    store.commands.release(key_of(store))
    assert len(bar(store)) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (f"{SESSION},AAPL,ten,11,9,10,5", "has no open"),
        (f"{SESSION},AAPL,10,11,9,10,", "has no volume"),
        ("yesterday,AAPL,10,11,9,10,5", "has no date"),
        (f"{SESSION},,10,11,9,10,5", "has no symbol"),
        (f"{SESSION},AAPL,10,11,9", "has no open, high"),
        (f"{SESSION},AAPL,10,11,0,10,5", "no return can be computed from open 10, high 11, low 0"),
        (f"{SESSION},AAPL,10,11,9,10,-5", "no return can be computed"),
        ("2020-01-04,AAPL,10,11,9,10,5", "the New York Stock Exchange was closed that day"),
        ("2026-01-06,AAPL,10,11,9,10,5", "has not ended yet"),
    ],
)
def test_what_cannot_be_a_bar_is_not_released(store, lines, admin, row, reason):
    ingest(store, lines, row)
    with pytest.raises(InvalidRequestError, match=reason):
        store.commands.release(key_of(store))
    assert quarantine(store)["status"].tolist() == ["quarantined"]
    assert audit(store) == []
    assert bar(store).empty


def test_a_correction_that_breaks_a_rule_waits_beside_the_bar_it_would_replace(store, lines, admin):
    ingest(store, lines, f"{SESSION},AAPL,48,49,47,48,700")
    ingest(store, lines, WRONG)
    assert bar(store)["close"].tolist() == [48.0]
    assert len(quarantine(store)) == 1
    store.later()
    store.commands.release(key_of(store))
    assert bar(store)["close"].tolist() == [48.5]
    assert store.sql("SELECT close FROM bar_versions")["close"].tolist() == [48.0]
    assert ingest(store, lines, WRONG).rows_written == 0
    assert bar(store)["close"].tolist() == [48.5]


def test_a_reading_of_other_sessions_does_not_mend(store, lines, admin):
    """A live feed gives the newest sessions alone: what was wrong before stays wrong."""
    ingest(store, lines, f"{SESSION},AAPL,48,49,47,48,700")
    ingest(store, lines, WRONG)
    rejected = quarantine(store)
    with store.work() as work:
        dataset_id = work.datasets.active().dataset.id
        later = pd.DataFrame({"symbol": ["AAPL"], "session": [pd.Timestamp("2020-01-09")]})
        assert work.quarantine.drop_mended(dataset_id, later, rejected[:0]) == 0
        same = later.assign(session=pd.Timestamp(SESSION))
        assert work.quarantine.drop_mended(dataset_id, same, rejected) == 0
        assert work.quarantine.drop_mended(dataset_id, same, rejected[:0]) == 1


@pytest.mark.parametrize("role", [Role.VIEWER, Role.TRADER, None])
def test_only_administrators_decide(store, lines, role):
    ingest(store, lines, WRONG)
    act_as(None if role is None else Actor("eve", role))
    try:
        for decide in (store.commands.release, store.commands.confirm):
            with pytest.raises(NotAllowedError):
                decide(key_of(store))
    finally:
        act_as(None)
    assert quarantine(store)["status"].tolist() == ["quarantined"]
    assert audit(store) == []


def test_a_decision_made_while_a_reading_is_stored_stands(store, lines, admin):
    """The reader has seen the row undecided; it leaves what it knows alone."""
    ingest(store, lines, WRONG)
    rejected = quarantine(store)[["symbol", "session", "rule", "detail", "source"]]
    prices = quarantine(store)[["open", "high", "low", "close", "volume", "adj_close"]]
    with store.work() as work:
        dataset_id = work.datasets.active().dataset.id
        seen = work.quarantine.rows(dataset_id)
        store.commands.release(key_of(store))
        assert work.quarantine.add(dataset_id, rejected.join(prices), store.clock.now()) == 0
        work.commit()
    assert seen["status"].tolist() == ["quarantined"]
    assert quarantine(store)["status"].tolist() == ["released"]


def test_counts_and_pages_of_rows(store, lines, admin):
    bad = [f"2020-01-{day},MSFT,48,49,47,48.5,700" for day in ("04", "05", "11")]
    ingest(store, lines, WRONG, *bad)
    assert store.reading("quarantine", "counts_by_rule") == {
        "no_session": 3, "open_or_close_outside_range": 1,
    }  # fmt: skip
    assert store.reading("quarantine", "counts_by_symbol") == {"MSFT": 3, "AAPL": 1}
    store.commands.release(key_of(store))
    assert store.reading("quarantine", "counts_by_symbol") == {"MSFT": 3}
    assert store.reading("quarantine", "count") == 4
    assert store.reading("quarantine", "count", symbols=("AAPL",)) == 1
    assert store.reading("quarantine", "rows", 2, 2)["session"].astype(str).tolist() == [
        "2020-01-05",
        "2020-01-11",
    ]
