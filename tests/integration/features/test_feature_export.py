"""``export features``: columns, values, and nothing that was not known yet."""

import io
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from app.cli import data
from models.domain.errors import UnknownSymbolError
from services.quant.features.registry import METADATA
from tests.integration.features.conftest import assert_close, assert_same_table, until
from tests.integration.processes.support import run_app
from tests.integration.scoring.conftest import with_close

SYMBOLS = ["AAPL", "FB", "GOOG", "IBM", "MSFT"]


def test_values_are_those_computed_by_hand(desk, market):
    desk.ingest(market)
    found = desk.export()
    assert list(found.columns) == ["symbol", "session", *METADATA]
    assert_same_table(found, desk.by_hand())
    assert found["return_1"].isna().any()  # the first of each symbol


def test_a_part_is_one_symbol_and_the_first_has_the_columns_alone(desk, market):
    desk.ingest(market)
    header, *parts = desk.parts()
    assert (header.num_rows, header.column_names) == (0, ["symbol", "session", *METADATA])
    assert [part["symbol"].unique().to_pylist() for part in parts] == [[symbol] for symbol in SYMBOLS]
    assert all(part.schema == header.schema for part in parts)


def test_some_symbols_between_two_days_both_included(desk, market):
    desk.ingest(market)
    wanted = {"symbols": ("MSFT", "IBM"), "first": date(2012, 6, 2), "last": date(2012, 6, 8)}
    found = desk.export(**wanted)
    assert found["session"].dt.strftime("%m-%d").tolist() == [f"06-0{day}" for day in range(4, 9)] * 2
    whole = desk.export()
    kept = whole["symbol"].isin(["IBM", "MSFT"]) & whole["session"].between("2012-06-02", "2012-06-08")
    pd.testing.assert_frame_equal(found, whole[kept].reset_index(drop=True))
    assert len(desk.export(first=date(2030, 1, 1))) == 0


@pytest.mark.parametrize("day", [date(2012, 6, 29), date(2012, 6, 30), date(2011, 3, 15)])
def test_as_of_is_what_the_bars_of_then_give_and_no_later_bar_changed_it(desk, market, day):
    desk.ingest(market)
    now = desk.export()
    then = desk.export(as_of=day)
    assert then["session"].max() <= pd.Timestamp(day)
    moment = datetime(day.year, day.month, day.day, 23, tzinfo=UTC)
    assert_same_table(then, desk.by_hand(known_by=moment))
    of_now = now[now["session"] <= pd.Timestamp(day)].reset_index(drop=True)
    assert_same_table(then, of_now)


def test_as_of_knows_what_was_believed_and_not_what_became_of_it(desk, market):
    """A close of 2012-06-01 is corrected later; on the evening before the correction it was not known."""
    desk.clock.time = datetime(2013, 3, 4, 12, tzinfo=UTC)
    desk.ingest(until(market, "2013-02-28"))
    before = desk.export()
    desk.clock.time += timedelta(days=1)
    desk.ingest(with_close(market, "IBM", "2012-06-01", 1.3))
    now = desk.export()
    kept = {path: path.read_bytes() for path in desk.data_dir.rglob("*.arrow")}
    then = desk.export(as_of=date(2013, 2, 28))
    assert_same_table(then, before)
    differs = now["symbol"].eq("IBM") & now["session"].eq("2012-06-01")
    at = before["symbol"].eq("IBM") & before["session"].eq("2012-06-01")
    assert float(now.loc[differs, "return_1"].iloc[0]) > float(before.loc[at, "return_1"].iloc[0]) + 0.25
    assert {path: path.read_bytes() for path in desk.data_dir.rglob("*.arrow")} == kept
    assert_same_table(desk.export(), now)


def test_before_the_first_bar_there_is_a_header_alone(desk, market):
    desk.ingest(market)
    assert len(desk.export(as_of=date(2009, 12, 31))) == 0


def test_the_benchmark_has_none(desk, market):
    desk.ingest(market)
    with pytest.raises(UnknownSymbolError, match=r"\^GSPC is outside the universe"):
        desk.export(symbols=("^GSPC",))
    with pytest.raises(UnknownSymbolError, match="XYZ"):
        desk.export(symbols=("XYZ",))


@pytest.mark.slow
def test_the_command(desk, market, database_url, tmp_path):
    desk.ingest(market)
    settings = {"DATABASE_URL": database_url, "DATA_DIR": tmp_path}
    done = run_app(
        "export", "features", "--symbol", "ibm", "--from", "2012-06-04", "--as-of", "2012-07-01", **settings
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("symbol,session,return_1,")
    assert done.stdout.splitlines()[1].startswith("IBM,2012-06-04,")
    assert '"' not in done.stdout
    assert "nan" not in done.stdout
    found = pd.read_csv(io.StringIO(done.stdout), parse_dates=["session"])
    expected = desk.export(symbols=("IBM",), first=date(2012, 6, 4), as_of=date(2012, 7, 1))
    assert len(found) == len(expected) == 20
    assert found["session"].tolist() == expected["session"].tolist()
    assert_close(found.iloc[:, 2:].to_numpy(float), expected.iloc[:, 2:].to_numpy(float))
    assert found["vix_level"].isna().all()  # the sample has no VIX


def test_texts_that_would_break_a_line_get_quotes(capsys):
    def part(symbol):
        columns = {
            "symbol": [symbol, symbol],
            "session": pa.array(np.array(["2020-01-02"] * 2, "datetime64[D]")),
        }
        return pa.table(columns | {"return_1": pa.array([0.5, None], pa.float32())})

    data._write(part("A"), header=True)
    data._write(part('B,"'), header=False)
    written = capsys.readouterr().out
    assert written.splitlines() == [
        "symbol,session,return_1",
        "A,2020-01-02,0.5",
        "A,2020-01-02,",
        '"B,""",2020-01-02,0.5',
        '"B,""",2020-01-02,',
    ]
