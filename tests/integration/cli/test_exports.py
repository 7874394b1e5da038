"""``export``: columns, values, and nothing that was not known yet."""

import io
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import create_engine

from services.quant.gaps import fill_gaps
from services.quant.indicators.registry import METADATA, STORED, compute_indicators
from services.storage.unit_of_work import SqlUnitOfWork
from tests.integration.cli.conftest import one_error
from tests.integration.processes.support import app_command, ask, environment, running

SPECIFIED = {
    "bars": "symbol, session, open, high, low, close, volume, adj_close, dividend, split, provider, known_at",
    "indicators": "symbol, session, rsi_14, macd, macd_signal, macd_hist, sma_20, sma_50, sma_200, bb_upper, "
    "bb_middle, bb_lower, atr_14",
    "signals": "symbol, session, label, confluence, technical, sentiment, model, rsi_score, macd_score, "
    "ma_score, bb_score, confidence, model_id, known_at",
    "job-runs": "job, scheduled_for, state, attempt, started_at, finished_at, rows_written, message",
}
SCORED = ["AAPL", "GOOG", "IBM", "MSFT"]


@pytest.fixture(scope="module")
def export(filled_url, call):
    """Export once an argument list; return the frame as text."""
    found = {}

    def run(*arguments):
        if arguments not in found:
            done = call("export", *arguments, DATABASE_URL=filled_url)
            assert (done.returncode, done.stderr) == (0, ""), done
            found[arguments] = pd.read_csv(io.StringIO(done.stdout), dtype=str, keep_default_na=False)
        return found[arguments].copy()

    return run


@pytest.mark.slow
@pytest.mark.parametrize("kind", SPECIFIED)
def test_columns_begin_as_specified_and_hold_iso_dates_and_plain_numbers(export, kind):
    frame = export(kind)
    columns = SPECIFIED[kind].split(", ")
    assert list(frame.columns[: len(columns)]) == columns
    assert len(frame) > 0
    for name in frame.columns:
        given = frame.loc[frame[name] != "", name]
        if name == "session":
            assert given.str.fullmatch(r"\d{4}-\d\d-\d\d").all()
        elif name.endswith("_at") or name == "scheduled_for":
            assert all(datetime.fromisoformat(moment).utcoffset() is not None for moment in given), name
        elif name not in {"message", "symbol", "label", "technical_label"}:
            assert not given.str.contains("%|nan|None|NaT|e[+]", regex=True).any(), name
    assert not frame.isin(["nan", "NaN", "None", "NaT", "<NA>"]).any().any()


def test_bars_are_the_stored_ones(export, filled_url):
    frame = export("bars")
    ((n_rows, total),) = ask(
        filled_url,
        "SELECT count(*), sum(close) FROM bars JOIN instruments ON id = instrument_id WHERE in_universe",
    )
    assert len(frame) == n_rows
    assert frame["close"].astype(float).sum() == pytest.approx(total, abs=1e-6)
    assert frame["symbol"].is_monotonic_increasing
    assert not frame.duplicated(["symbol", "session"]).any()
    assert set(frame["provider"]) == {"sample"}


def test_bars_of_one_symbol_between_two_days_both_included(export):
    frame = export("bars", "--symbol", "ibm", "--from", "2012-01-03", "--to", "2012-01-05")
    assert frame["session"].tolist() == ["2012-01-03", "2012-01-04", "2012-01-05"]
    assert set(frame["symbol"]) == {"IBM"}


def test_two_symbols(export):
    frame = export("bars", "--symbol", "IBM", "--symbol", "FB", "--from", "2013-02-28")
    assert frame["symbol"].tolist() == ["FB", "FB", "IBM", "IBM"]


def test_no_later_event_leaks_into_an_adjusted_close(export):
    """AAPL split 2 to 1 on 2005-02-28: the day before nobody could adjust for it."""
    then = export("bars", "--symbol", "AAPL", "--as-of", "2005-02-25").iloc[-250:]
    assert then["session"].iloc[-1] == "2005-02-25"
    assert then["adj_close"].astype(float).tolist() == pytest.approx(then["close"].astype(float).tolist())
    later = export("bars", "--symbol", "AAPL", "--as-of", "2005-02-28")
    assert (later["session"].iloc[-1], later["split"].iloc[-1]) == ("2005-02-28", "2.0")
    ratio = later["adj_close"].astype(float) / later["close"].astype(float)
    assert ratio.iloc[-1] == 1.0
    assert ratio.iloc[-251:-1].tolist() == pytest.approx([0.5] * 250, rel=1e-12)


@pytest.mark.parametrize("day", ["2005-02-25", "2005-02-26", "2005-02-27"])
def test_a_weekend_knows_what_friday_knew(export, day):
    frame = export("bars", "--symbol", "AAPL", "--as-of", day)
    assert frame["session"].iloc[-1] == "2005-02-25"


def test_as_of_and_a_later_end_is_as_of(export):
    arguments = ("--symbol", "AAPL", "--as-of", "2005-02-25", "--from", "2005-02-01")
    assert export("bars", *arguments, "--to", "2006-01-01").equals(export("bars", *arguments))


def test_signals_as_of_are_the_newest_of_each_symbol(export):
    newest = export("signals", "--as-of", "2013-03-01")
    assert newest["symbol"].tolist() == SCORED
    assert set(newest["session"]) == {"2013-03-01"}
    whole = export("signals")
    then = export("signals", "--as-of", "2012-06-30")
    assert then["symbol"].tolist() == ["AAPL", "GOOG", "IBM", "MSFT"]
    assert set(then["session"]) == {"2012-06-29"}
    expected = whole[whole["session"] == "2012-06-29"].reset_index(drop=True)
    pd.testing.assert_frame_equal(then, expected)


def test_signals_leave_empty_what_is_unknown(export):
    frame = export("signals")
    assert set(frame["sentiment"]) == set(frame["model"]) == set(frame["model_id"]) == {""}
    assert set(frame["label"]) <= {"STRONG BUY", "BUY", "HOLD", "SELL", "STRONG SELL"}
    score = frame["confluence"].astype(float)
    assert score.between(0, 1).all()
    assert score.equals(frame["technical"].astype(float).rename("confluence"))
    assert frame.loc[frame["confidence"] != "", "confidence"].astype(float).between(0, 1).all()


def test_indicators_as_of_end_there(export):
    frame = export("indicators", "--symbol", "IBM", "--as-of", "2012-07-01")
    assert frame["session"].iloc[-1] == "2012-06-29"
    assert frame["sma_200"].iloc[0] == ""


def _computed(filled_url, **wanted):
    """Return indicators of all bars, or of those known by a moment, computed at once."""
    engine = create_engine(filled_url)
    with SqlUnitOfWork(engine) as work:
        panel = work.bars.panel(work.datasets.active().dataset.id, **wanted)
    engine.dispose()
    symbol = np.array(panel.symbols, dtype=object)[panel.code]
    values = compute_indicators(panel, fill_gaps(panel))
    frame = pd.DataFrame({"symbol": symbol, "session": panel.session.astype(str), **values})
    return frame.sort_values("symbol", kind="stable", ignore_index=True)


def test_the_rest_of_the_registry_follows_what_is_stored(export, filled_url):
    frame = export("indicators")
    rest = [name for name in METADATA if name not in STORED]
    assert list(frame.columns[2:]) == [*STORED, *rest, "window_sessions", "filled_sessions"]
    expected = _computed(filled_url)
    pd.testing.assert_frame_equal(frame[["symbol", "session"]], expected[["symbol", "session"]])
    for name in METADATA:
        np.testing.assert_array_equal(pd.to_numeric(frame[name]), expected[name], err_msg=name)


def test_indicators_as_of_are_computed_from_what_was_known(export, filled_url):
    frame = export("indicators", "--as-of", "2012-07-01", "--from", "2012-06-01")
    expected = _computed(filled_url, known_by=datetime(2012, 7, 1, tzinfo=UTC))
    expected = expected[expected["session"] >= "2012-06-01"].reset_index(drop=True)
    assert len(frame) == len(expected) > 0
    for name in METADATA:
        np.testing.assert_array_equal(pd.to_numeric(frame[name]), expected[name], err_msg=name)


def test_job_runs_tell_what_was_run(export):
    frame = export("job-runs")
    assert frame["job"].tolist() == ["score_indicators", "ingest_bars"]
    assert set(frame["state"]) == {"succeeded"}
    assert frame["rows_written"].astype(int).gt(0).all()


def test_before_the_first_bar_there_is_a_header_alone(export):
    for kind in ("bars", "indicators", "signals"):
        assert len(export(kind, "--as-of", "1999-12-31")) == 0


def test_the_benchmark_can_be_asked_for(export):
    assert len(export("bars", "--symbol", "^GSPC", "--from", "2013-02-25")) == 5


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["bars", "--symbol", "XYZ"], ["XYZ", "AAPL"]),
        (["signals", "--symbol", "ibm", "--symbol", "xyz"], ["XYZ", "AAPL"]),
        (["bars", "--from", "2012-02-01", "--to", "2012-01-01"], ["2012-02-01", "2012-01-01"]),
        (["bars", "--as-of", "1900-01-01"], ["1900-01-01"]),
    ],
    ids=" ".join,
)
def test_what_cannot_be_exported_is_said_in_one_line(call, filled_url, arguments, said):
    error = one_error(call("export", *arguments, DATABASE_URL=filled_url), 2)
    assert all(word in error for word in said), error


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "n_lines"), [("bars", 1), ("job-runs", 0)])
def test_a_reader_that_has_seen_enough_causes_no_traceback(filled_url, tmp_path, kind, n_lines):
    settings = environment(DATABASE_URL=filled_url, DATA_DIR=tmp_path)
    with running(app_command("export", kind), env=settings, stdout=-1, stderr=-1, text=True) as process:
        lines = [process.stdout.readline() for _ in range(n_lines)]
        process.stdout.close()
        errors = process.stderr.read()
        process.wait(20)
    assert errors == ""
    assert all(line.startswith("symbol,session") for line in lines)
