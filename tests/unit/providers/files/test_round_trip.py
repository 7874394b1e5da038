"""What is written in any dialect is read back as it was."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.domain.errors import InvalidMarketDataError
from models.domain.market import BAR_COLUMNS, PriceBasis
from tests.unit.providers.files.writing import Dialect, fetch, make_bars, write

DATES = [
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y%m%d",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%m-%d-%Y",
    "%d-%b-%Y",
    "%d %B %Y",
    "%b %d, %Y",
    "%B %d %Y",
    "%a, %d %b %Y",
    "%Y-%m-%dT00:00:00",
    "%Y-%m-%d 16:00:00-05:00",
    "%Y-%m-%dT00:00:00.000Z",
    "%Y-%m-%d 21:00:00+00:00",
    "%d/%m/%Y 09:30",
    "%m/%d/%Y 4:00 PM",
]
NAMES = {
    "session": ["Date", "date", "timestamp", "Datetime", "DAY", "<DATE>", " Date "],
    "symbol": ["symbol", "Ticker", "CODE", "Name", "<TICKER>"],
    "open": ["Open", "o", "OPEN", "<OPEN>", "open_price"],
    "high": ["High", "h", "<HIGH>"],
    "low": ["Low", "l", "<LOW>"],
    "close": ["Close", "c", "Close/Last", "Close*", "<CLOSE>"],
    "volume": ["Volume", "v", "Vol.", "<VOL>"],
}


@st.composite
def dialects(draw):
    delimiter = draw(st.sampled_from([",", ";", "\t", "|"]))
    decimal = "." if delimiter == "," else draw(st.sampled_from([".", ","]))
    thousands = draw(st.sampled_from(["", " ", "'", "." if decimal == "," else ","]))
    return Dialect(
        delimiter=delimiter,
        decimal=decimal,
        thousands=thousands,
        dates=draw(st.sampled_from(DATES)),
        encoding=draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])),
        line_end=draw(st.sampled_from(["\n", "\r\n"])),
        quote_all=draw(st.booleans()),
        preamble=draw(
            st.sampled_from([(), ("# prices of Zürich",), ("Export of café data", ""), ("", "// x", "# y")])
        ),
        names=tuple((ours, draw(st.sampled_from(theirs))) for ours, theirs in NAMES.items()),
        order=tuple(draw(st.permutations(list(NAMES)))),
        packed=draw(st.booleans()),
        decimals=draw(st.sampled_from([2, 4])),
    )


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(dialect=dialects(), seed=st.integers(0, 2**32 - 1))
def test_bars_come_back_from_any_dialect(tmp_path, dialect, seed):
    bars = make_bars(seed=seed, decimals=dialect.decimals)
    path = write(
        tmp_path / ("prices.csv.gz" if dialect.packed else "prices.txt"),
        bars.sample(frac=1, random_state=1),
        dialect,
    )
    found = fetch(path)
    expected = bars.assign(adj_close=np.nan).astype(dict(BAR_COLUMNS))
    pd.testing.assert_frame_equal(found.bars, expected)
    assert found.rejected.empty
    assert [member.symbol for member in found.instruments] == ["AAPL", "MSFT"]


@pytest.mark.parametrize("kind", ["date32", "timestamp", "zoned", "text", "number", "utc_midnight"])
@pytest.mark.parametrize("width", ["float64", "float32"])
def test_parquet_of_any_column_type(tmp_path, kind, width):
    bars = make_bars()
    written = bars.rename(columns={"session": "Date", "symbol": "ticker"})
    written["ticker"] = written["ticker"].astype("category")
    written[["open", "high"]] = written[["open", "high"]].astype(width)
    session = written["Date"]
    written["Date"] = {
        "date32": session.dt.date,
        "timestamp": session,
        "zoned": session.dt.tz_localize("America/New_York"),
        "utc_midnight": session.dt.tz_localize("UTC"),
        "text": session.dt.strftime("%Y-%m-%d"),
        "number": session.dt.strftime("%Y%m%d").astype("int64"),
    }[kind]
    written.to_parquet(tmp_path / "all.parquet")
    found = fetch(tmp_path / "all.parquet").bars
    assert (found["session"] == bars["session"]).all()
    np.testing.assert_allclose(
        found[["open", "high", "low", "close"]], bars[["open", "high", "low", "close"]], rtol=1e-7
    )


def test_a_data_frame_with_a_nameless_index(tmp_path):
    bars = make_bars(["AAPL"])
    frame = bars.drop(columns="symbol").set_index("session")
    frame.index.name = None
    frame.to_csv(tmp_path / "AAPL.csv")
    assert fetch(tmp_path / "AAPL.csv").bars["session"].tolist() == bars["session"].tolist()


def test_what_yfinance_writes(tmp_path):
    bars = make_bars(["BRK.B"])
    rows = [
        f"{day:%Y-%m-%d},{c},{h},{low},{o},{v:.0f}"
        for day, o, h, low, c, v in bars.iloc[:, 1:].itertuples(index=False)
    ]
    head = ["Price,Close,High,Low,Open,Volume", "Ticker," + ",".join(["BRK-B"] * 5), "Date,,,,,"]
    (tmp_path / "history.csv").write_text("\n".join(head + rows))
    found = fetch(tmp_path / "history.csv").bars
    assert found["symbol"].unique().tolist() == ["BRK.B"]
    assert found["open"].tolist() == bars["open"].tolist()


def test_single_symbol_files_of_a_folder_take_their_names(tmp_path):
    names = {
        "aapl.csv": "AAPL",
        "BRK-B.csv": "BRK.B",
        "^GSPC.csv": "^GSPC",
        "msft.us.txt": "MSFT",
        "sub/%5EVIX.csv": "^VIX",
    }
    (tmp_path / "sub").mkdir()
    (tmp_path / ".hidden.csv").write_text("nothing")
    for at, name in enumerate(names):
        write(tmp_path / name, make_bars(["X"], seed=at).drop(columns="symbol"))
    found = fetch(tmp_path)
    assert {member.symbol: member.in_universe for member in found.instruments} == {
        symbol: not symbol.startswith("^") for symbol in names.values()
    }
    assert found.dataset.benchmark == "^GSPC"


@pytest.mark.parametrize(
    ("volumes", "expected"),
    [(["1.5M", "2K", "3B"], [1.5e6, 2e3, 3e9]), (["1,500", "12,000", "3"], [1500.0, 12000.0, 3.0])],
)
def test_volumes_as_pages_show_them(tmp_path, volumes, expected):
    bars = make_bars(["AAPL"], n=3).assign(volume=volumes)
    table = bars.rename(columns={"volume": "Vol.", "close": "Price", "session": "Date"})
    for name in ("open", "high", "low", "Price"):
        table[name] = "$" + table[name].astype(str)
    table.to_csv(tmp_path / "a.csv", index=False)
    assert fetch(tmp_path / "a.csv").bars["volume"].tolist() == expected


def test_comments_blank_lines_and_headers_among_the_rows(tmp_path):
    bars = make_bars(["AAPL"], n=25)
    lines = write(tmp_path / "a.csv", bars).read_text().splitlines()
    mixed = [*lines[:5], "", "# half-way", lines[0], *lines[5:], ""]
    (tmp_path / "a.csv").write_text("\n".join(mixed))
    found = fetch(tmp_path / "a.csv")
    assert len(found.bars) == 25
    assert found.rejected.empty


def test_decimal_comma_or_thousands_is_asked_for(tmp_path):
    bars = make_bars(["AAPL"], n=25, decimals=3)
    path = write(tmp_path / "a.csv", bars, Dialect(";", ",", decimals=3))
    with pytest.raises(
        InvalidMarketDataError,
        match=r"a\.csv, line 2: open .*decimal comma or thousands.*write decimals with a point",
    ):
        fetch(path)


def test_the_same_address_is_the_same_dataset(tmp_path):
    path = write(tmp_path / "AAPL.csv", make_bars(["AAPL"], n=25))
    before = fetch(path).dataset
    write(path, make_bars(["AAPL"], n=26))
    after = fetch(path).dataset
    assert before.fingerprint == after.fingerprint
    assert after.historical
    assert "7 February 2020" in after.banner
    assert before.price_basis is PriceBasis.FULLY_ADJUSTED
    assert fetch(path, benchmark="AAPL").dataset.fingerprint != before.fingerprint
    assert fetch(tmp_path).dataset.fingerprint != before.fingerprint


def test_line_ends_of_an_old_macintosh_and_a_row_cut_off(tmp_path):
    text = write(tmp_path / "a.csv", make_bars(["AAPL"])).read_text()
    (tmp_path / "a.csv").write_bytes(text.replace("\n", "\r").encode())
    assert len(fetch(tmp_path / "a.csv").bars) == 30
    (tmp_path / "a.csv").write_text(text[:-22])
    found = fetch(tmp_path / "a.csv")
    assert len(found.bars) == 29
    assert found.rejected["line"].tolist() == [31]
