"""Universe, benchmark, sectors and membership."""

import pandas as pd
import pytest

from models.domain.errors import InvalidMarketDataError
from services.providers.files.sectors import gics_sector
from services.providers.files.symbols import canonical_symbol
from services.providers.files.universe import choose_universe
from tests.unit.providers.files.writing import fetch, make_bars, write

STOCKS = ("AAPL", "BRK.B", "MSFT")
FUNDS = ("SPY", "XLK", "^GSPC")


@pytest.mark.parametrize(
    ("files", "benchmark", "named", "members", "reference", "chosen"),
    [
        ([STOCKS, FUNDS], None, (), STOCKS, FUNDS, "SPY"),
        ([STOCKS, ("^GSPC",)], None, (), STOCKS, ("^GSPC",), "^GSPC"),
        ([STOCKS, ("^VIX", "IBM")], None, (), (*STOCKS, "IBM"), ("^VIX",), None),
        ([STOCKS, FUNDS], "XLK", (), STOCKS, FUNDS, "XLK"),
        ([STOCKS, FUNDS], "brk-b", (), ("SPY", "XLK"), (*STOCKS, "^GSPC"), "BRK.B"),
        ([(*STOCKS, *FUNDS)], None, (), (*STOCKS, "XLK"), ("SPY", "^GSPC"), "SPY"),
        ([("^GSPC",)], None, (), ("^GSPC",), (), "^GSPC"),
        ([("SPY",)], None, (), ("SPY",), (), "SPY"),
        ([STOCKS, FUNDS], None, ("aapl", "BRK/B"), ("AAPL", "BRK.B"), FUNDS, "SPY"),
        ([STOCKS, FUNDS], None, ("AAPL", "XLK"), ("AAPL", "XLK"), ("SPY", "^GSPC"), "SPY"),
        ([STOCKS], None, (), STOCKS, (), None),
    ],
)
def test_who_is_in(files, benchmark, named, members, reference, chosen):
    found = choose_universe(files, benchmark, named)
    assert (found.members, found.reference, found.benchmark) == (
        frozenset(members),
        frozenset(reference),
        chosen,
    )


def test_names_that_no_file_holds_are_named():
    with pytest.raises(
        InvalidMarketDataError, match=r"UNIVERSE names GONE, ZZZ, which no file.*hold AAPL, BRK\.B, MSFT"
    ):
        choose_universe([STOCKS], None, ("AAPL", "ZZZ", "GONE"))
    with pytest.raises(InvalidMarketDataError, match=r"BENCHMARK=QQQ: no file"):
        choose_universe([STOCKS], "qqq", ())


def test_the_universe_setting_leaves_others_out_of_the_data(tmp_path):
    write(tmp_path / "stocks.csv", make_bars(["AAPL", "BRK-B", "MSFT"]))
    write(tmp_path / "SPY.csv", make_bars(["SPY"], n=35).drop(columns="symbol"))
    found = fetch(tmp_path, universe=("BRK.B",))
    assert found.bars["symbol"].unique().tolist() == ["BRK.B", "SPY"]
    assert found.bars["session"].max() == found.bars.loc[found.bars["symbol"] == "BRK.B", "session"].max()
    assert [(member.symbol, member.in_universe) for member in found.instruments] == [
        ("BRK.B", True),
        ("SPY", False),
    ]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("brk-b", "BRK.B"),
        ("BRK/B", "BRK.B"),
        ("BF.B", "BF.B"),
        ("brk b", "BRK.B"),
        ("^gspc", "^GSPC"),
        ("$RDS-B", "RDS.B"),
        ("aapl.us", "AAPL"),
        (" msft ", "MSFT"),
        ("BTC-USD", "BTC-USD"),
    ],
)
def test_one_spelling(given, expected):
    assert canonical_symbol(given) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("Technology", "Information Technology"),
        ("Healthcare", "Health Care"),
        ("HEALTH CARE", "Health Care"),
        ("Financial Services", "Financials"),
        ("Consumer Cyclical", "Consumer Discretionary"),
        ("Consumer Defensive", "Consumer Staples"),
        ("Basic Materials", "Materials"),
        ("Basic Matierials", "Materials"),
        ("Telecommunication Services", "Communication Services"),
        ("Real Estate", "Real Estate"),
        ("45", "Information Technology"),
        ("Conglomerates", "Conglomerates"),
        ("Services", "Services"),
        ("", None),
        (None, None),
        ("n/a", None),
    ],
)
def test_sectors_by_their_gics_name(given, expected):
    assert gics_sector(given) == expected


def test_sectors_and_names_from_a_file(tmp_path):
    write(tmp_path / "stocks.csv", make_bars())
    (tmp_path / "about.csv").write_text(
        'Symbol,Security,GICS Sector,Date added\nAAPL,"Apple, Inc.",Technology,1982-11-30\nMSFT,,Odd,\n'
    )
    found = {member.symbol: (member.name, member.sector) for member in fetch(tmp_path).instruments}
    assert found == {"AAPL": ("Apple, Inc.", "Information Technology"), "MSFT": ("MSFT", "Odd")}


def test_sectors_from_columns_of_the_bars(tmp_path):
    bars = make_bars().assign(sector="Energy", company="Someone")
    found = fetch(write(tmp_path / "stocks.csv", bars)).instruments
    assert {(member.name, member.sector) for member in found} == {("Someone", "Energy")}


def test_membership_makes_the_universe_point_in_time(tmp_path):
    stocks = write(tmp_path / "stocks.csv", make_bars(["AAPL", "MSFT", "IBM"]))
    assert "Survivorship bias: no file says" in fetch(stocks).dataset.survivorship_note
    (tmp_path / "members.csv").write_text(
        "ticker,start_date,end_date\nAAPL,2019-01-02,2020-01-10\nAAPL,2020-02-03,\nMSFT,2018-01-02,\n"
    )
    found = fetch(tmp_path)
    rows = [("AAPL", "2019-01-02", "2020-01-10"), ("AAPL", "2020-02-03", None), ("MSFT", "2018-01-02", None)]
    expected = pd.DataFrame(rows, columns=["symbol", "start", "end"])
    expected = expected.astype({"symbol": "str", "start": "datetime64[s]", "end": "datetime64[s]"})
    pd.testing.assert_frame_equal(found.membership, expected)
    assert {member.symbol: member.in_universe for member in found.instruments} == {
        "AAPL": True,
        "IBM": False,
        "MSFT": True,
    }
    assert found.dataset.survivorship_note == ""
    (tmp_path / "members.csv").write_text("ticker,start,end\nAAPL,2019-01-02,\nGONE,2018-01-02,2019-01-02\n")
    assert "1 of 2 former or present members have no prices" in fetch(tmp_path).dataset.survivorship_note


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("AAPL,2020-01-02,2019-01-02", r"members\.csv, line 2: the membership of AAPL ends before it starts"),
        ("AAPL,,2019-01-02", r"members\.csv, line 2: the membership of AAPL has no start"),
        (
            "AAPL,2018-02-02,later\nMSFT,2018-02-02,\nIBM,2018-02-02,2019-01-02",
            r"line 2: the membership of AAPL has a date",
        ),
        ("ZZZ,2018-02-02,", r"names none of the symbols with prices"),
    ],
)
def test_a_membership_file_at_fault(tmp_path, line, message):
    write(tmp_path / "stocks.csv", make_bars())
    (tmp_path / "members.csv").write_text("ticker,start,end\n" + line + "\n")
    with pytest.raises(InvalidMarketDataError, match=message):
        fetch(tmp_path)
