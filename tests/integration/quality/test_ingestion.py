"""Ingestion assesses what it stores, and does nothing where nothing is new."""

import numpy as np
import pandas as pd
import pytest

from models.domain.market import FlagRule
from services.providers.files import FilesProvider
from services.quant.quality.flags import find_flags
from tests.unit.providers.files.writing import make_bars, write

NAMES = ("AAA", "BBB", "CCC", "DDD", "EEE", "FFF")


def market(n=400, seed=3):
    bars = make_bars(NAMES, n, seed)
    return bars.assign(volume=bars["volume"].clip(lower=1.0))


def with_move(bars, symbol, place, factor):
    """Return the bars with all prices of a symbol from its place-th session on multiplied."""
    row = bars.index[bars["symbol"] == symbol][place:]
    changed = bars.copy()
    prices = ["open", "high", "low", "close"]
    changed.loc[row, prices] = (changed.loc[row, prices] * factor).round(2)
    return changed


def flags(store):
    found = store.reading("quality", "flags")
    return sorted(zip(found["symbol"], found["session"], found["rule"], strict=True))


def test_what_was_found_stands_with_the_bars(store):
    bars = with_move(market(), "AAA", 300, 0.6)
    bars.loc[bars.index[bars["symbol"] == "BBB"][5], "volume"] = 0.0
    bad = bars.index[bars["symbol"] == "CCC"][7]
    bars.loc[bad, "low"] = bars.loc[bad, "high"] + 1.0
    bars = bars.drop(index=bars.index[bars["symbol"] == "DDD"][100:110])
    bars = pd.concat([bars, bars.iloc[[3]]])
    write(store.folder / "a.csv", bars)
    result = store.ingest()
    days = np.unique(bars["session"].dt.date)
    assert flags(store) == [
        ("AAA", days[300], "unexplained_move"),
        ("BBB", days[5], "zero_volume"),
        ("DDD", days[110], "gap"),
    ]
    assert (result.detail["quarantined"], result.detail["flagged"]) == (1, 3)
    scores = store.reading("quality", "scores").set_index("symbol")
    assert scores.loc["CCC", "validity"] == 399 / 400
    assert scores.loc["CCC", "completeness"] == 399 / 400
    assert scores.loc["DDD", ["n_bars", "n_expected", "longest_gap_sessions"]].tolist() == [390, 400, 10]
    assert scores.loc["AAA", "uniqueness"] == 1 - 1 / 401
    assert scores["timeliness"].tolist() == [1.0] * 6
    runs = store.reading("quality", "runs")
    assert len(runs) == 1
    assert runs.loc[0, "findings"] == {
        "high_below_low": 1, "unexplained_move": 1, "zero_volume": 1, "gap": 1,
    }  # fmt: skip
    assert runs.loc[0, "n_bars"] == 2389
    sessions = store.reading("quality", "completeness_by_session")
    assert sessions["n_expected"].tolist() == [6] * 400
    assert sessions["n_present"].tolist()[105] == 5
    assert store.reading("quality", "flag_counts") == {
        "gap": 1, "unexplained_move": 1, "zero_volume": 1,
    }  # fmt: skip


def test_export_quality_gives_both_severities(store):
    bars = with_move(market(), "AAA", 300, 0.6)
    bars.loc[bars.index[bars["symbol"] == "CCC"][7], "close"] = -1.0
    write(store.folder / "a.csv", bars)
    store.ingest()
    frame = store.export("quality")
    assert list(frame.columns[:7]) == [
        "symbol", "session", "rule", "severity", "action", "detail", "source",
    ]  # fmt: skip
    assert frame[["symbol", "rule", "severity", "action"]].to_numpy().tolist() == [
        ["AAA", "unexplained_move", "soft", "flagged"],
        ["CCC", "price_not_positive", "hard", "quarantined"],
    ]
    assert frame["source"].tolist() == ["files", "a.csv:809"]
    assert store.export("quality", symbols=("CCC",))["symbol"].tolist() == ["CCC"]
    late = store.export("quality", first=bars["session"].max().date())
    assert late.empty


def test_rejected_rows_carry_the_prices_that_could_be_read(store):
    bars = market(30)
    lines = write(store.folder / "a.csv", bars).read_text().splitlines()
    lines[1] = "AAA,2020-01-02,10.5,11,9.5,ten,700"
    (store.folder / "a.csv").write_text("\n".join(lines))
    store.ingest()
    row = store.reading("quarantine", "rows").iloc[0]
    assert row[["open", "high", "low", "volume"]].tolist() == [10.5, 11.0, 9.5, 700.0]
    assert np.isnan(row["close"])
    assert row["status"] == "quarantined"
    assert "ten" in row["detail"]


@pytest.mark.slow
def test_evening_by_evening_equals_everything_at_once(store):
    """Flags of the new sessions alone are looked for; a gap that ends and a correction reach further back."""
    whole = with_move(with_move(market(), "AAA", 395, 0.5), "BBB", 399, 1.7)
    own = whole.index[whole["symbol"] == "CCC"]
    whole = whole.drop(index=own[90:398])  # the gap ends far from where it began
    whole = whole.drop(index=whole.index[whole["symbol"] == "DDD"][396:])  # and one stops
    days = np.unique(whole["session"])
    for last in (390, 394, 395, 397, 398, 399):
        write(store.folder / "a.csv", whole[whole["session"] <= days[last]])
        store.ingest()
        with store.work() as work:
            dataset_id = work.datasets.active().dataset.id
            work.datasets.mark_scored(work.datasets.changed_from(dataset_id))
            expected = find_flags(work.bars.panel(dataset_id))
            work.commit()
        found = store.reading("quality", "flags").sort_values(["symbol", "session", "rule"])
        assert found["detail"].tolist() == expected["detail"].tolist(), last
        store.later()
    assert FlagRule.TICKER_REUSE in expected["rule"].tolist() or FlagRule.GAP in expected["rule"].tolist()
    corrected = with_move(whole, "AAA", 395, 2.0)  # back again: the move never was
    write(store.folder / "a.csv", corrected)
    store.ingest()
    assert not any(symbol == "AAA" for symbol, _, _ in flags(store))
    assert len(store.reading("quality", "runs")) == 7


def test_the_same_again_is_not_even_read(store, monkeypatch):
    write(store.folder / "a.csv", market(40))
    first = store.ingest()
    assert first.rows_written > 0
    store.later()

    def refuse(*_):
        raise AssertionError("the files were read again")

    with monkeypatch.context() as patched:
        patched.setattr(FilesProvider, "fetch", refuse)
        again = store.ingest()
    assert again.rows_written == 0
    for name in ("symbols", "quarantined", "flagged", "dataset"):
        assert again.detail[name] == first.detail[name]
    assert len(store.reading("quality", "runs")) == 1
    assert store.sql("SELECT refreshed_at FROM datasets").iloc[0, 0] == pd.Timestamp(store.clock.now())


@pytest.mark.parametrize("change", ["content", "universe", "benchmark", "another file"])
def test_whatever_shapes_the_data_makes_it_another_source(store, change):
    bars = market(40)
    write(store.folder / "a.csv", bars)
    store.ingest()
    settings = {}
    if change == "content":
        changed = bars.copy()
        changed.loc[10, "volume"] += 1.0
        write(store.folder / "a.csv", changed)
    elif change == "universe":
        settings = {"universe": ("AAA", "BBB")}
    elif change == "benchmark":
        settings = {"benchmark": "FFF"}
    else:
        write(store.folder / "b.csv", make_bars(("GGG",), 40))
    result = store.ingest(**settings)
    assert "as it was read last" not in result.message
    members = store.sql("SELECT count(*) FROM instruments WHERE in_universe").iloc[0, 0]
    assert result.detail["symbols"] == {"universe": 2, "benchmark": 5, "another file": 7}.get(change, 6)
    assert members >= result.detail["symbols"]
    assert "as it was read last" in store.ingest(**settings).message


def test_a_date_in_the_future_is_looked_at_again_tomorrow(store):
    bars = make_bars(NAMES, 3, first="2026-01-05")  # the clock stands on the first of them
    write(store.folder / "a.csv", bars)
    assert store.ingest().detail["quarantined"] == 12
    store.later(days=2)
    assert store.ingest().detail["quarantined"] == 0
    assert store.reading("quarantine", "count") == 0  # what was early is a bar by now
    assert store.sql("SELECT count(*) FROM bars").iloc[0, 0] == 18


def test_switching_back_to_an_unchanged_source_shows_its_dataset_again(store, tmp_path):
    write(store.folder / "a.csv", market(40))
    other = write(tmp_path / "other.csv", make_bars(("XYZ",), 30))
    store.ingest()
    store.later()
    store.ingest(other)
    store.later()
    assert store.ingest().rows_written == 0
    with store.work() as work:
        assert work.datasets.active().n_symbols == 6


def test_other_code_assesses_again_what_did_not_change(store):
    write(store.folder / "a.csv", market(40))
    store.ingest()
    with store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE datasets SET assessed_with = 'older'")
        connection.exec_driver_sql("DELETE FROM quality_scores")
    store.later()
    assert store.ingest().rows_written == 0
    assert len(store.reading("quality", "scores")) == 6
    assert len(store.reading("quality", "runs")) == 2


def test_a_symbol_that_leaves_the_universe_leaves_the_scores(store):
    write(store.folder / "a.csv", with_move(market(), "AAA", 300, 0.6))
    store.ingest()
    assert [symbol for symbol, _, _ in flags(store)] == ["AAA"]
    store.later()
    store.ingest(universe=("BBB", "CCC", "DDD"))
    assert store.reading("quality", "scores")["symbol"].tolist() == ["BBB", "CCC", "DDD"]
    assert flags(store) == []


def test_corporate_actions_of_a_file(store):
    bars = with_move(market(), "AAA", 300, 0.6)
    days = np.unique(bars["session"].dt.date)
    write(store.folder / "a.csv", bars)
    (store.folder / "actions.csv").write_text(
        "Date,Ticker,Action,New symbol,Cash per share\n"
        f"{days[200]},BBB,Ticker change,CCC,\n"
        f"{days[300]},AAA,Merger,DDD,12.5\n"
        f"{days[350]},EEE,Delisted,,1.5\n"
        f"{days[351]},FFF,Analyst day,,\n"
        f"{days[352]},ELSEWHERE,Delisted,,\n"
    )
    result = store.ingest()
    assert any("1 rows of actions.csv passed over" in note for note in result.detail["notes"])
    events = store.reading("bars", "events")
    told = events.assign(session=events["session"].dt.date)
    assert told[["symbol", "session", "kind", "detail"]].to_numpy().tolist() == [
        ["AAA", days[300], "merger", "DDD"],
        ["BBB", days[200], "symbol_change", "CCC"],
        ["CCC", days[200], "symbol_change", "BBB"],
        ["EEE", days[350], "delisting", ""],
    ]
    assert told["value"].tolist()[0] == 12.5
    assert told["value"].isna().tolist() == [False, True, True, False]
    assert flags(store) == []  # the merger explains the move
    assert (store.export("bars")["split"] == 1.0).all()
    assert store.ingest().rows_written == 0


def test_rows_that_name_no_symbol_are_kept_too(store):
    lines = write(store.folder / "a.csv", market(30)).read_text().splitlines()
    (store.folder / "a.csv").write_text("\n".join([*lines, ",2020-01-02,10,11,9,10,5", "AAA,2020-01-02,10"]))
    store.ingest()
    found = store.reading("quarantine", "rows")
    assert sorted(zip(found["symbol"], found["rule"], found["source"], strict=True)) == [
        ("", "missing_field", "a.csv:182"),
        ("", "unreadable", "a.csv:183"),
    ]
    assert store.reading("quality", "runs").loc[0, "n_quarantined"] == 2
