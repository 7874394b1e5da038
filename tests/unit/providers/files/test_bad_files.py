"""Every file that cannot be used: which, where, what was expected, and the cure."""

import gzip
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.domain.errors import InvalidMarketDataError
from services.providers.files import text
from tests.unit.providers.files.writing import Dialect, fetch, make_bars, write

HEADER = "date,symbol,open,high,low,close,volume\n"
ROW = "2020-01-02,AAPL,10,11,9,10.5,100\n"

BAD_TEXTS = {
    "empty": (b"", r"bad\.csv: is empty; get it again"),
    "blank": (b"\xef\xbb\xbf \r\n\r\n", r"bad\.csv: is empty"),
    "header_only": (HEADER.encode(), r"bad\.csv: has a header and no rows"),
    "no_close": (
        b"date,symbol,open,high,low,volume\n2020-01-02,AAPL,10,11,9,100\n",
        r"line 1: has no column close;.*It has: date, symbol, open.*Rename the columns",
    ),
    "no_date": (b"symbol,open,high,low,close,volume\nAAPL,10,11,9,10,100\n", r"line 1: has no column date"),
    "no_volume": (
        b"date,symbol,open,high,low,close\n2020-01-02,AAPL,10,11,9,10.5\n",
        r"line 2: there is no column volume.*Add the column",
    ),
    "text_in_prices": (
        (HEADER + "2020-01-02,AAPL,ten,11,9,10.5,100\n").encode(),
        r"line 2: open holds text \(“ten”\).*1 of 1 rows; expected numbers",
    ),
    "all_nan": (
        (HEADER + "2020-01-02,AAPL,10,11,9,NaN,100\n2020-01-03,AAPL,10,11,9,,100\n").encode(),
        r"line 2: the column close has no value in any row; expected prices",
    ),
    "excel": (
        b"PK\x03\x04\x14\x00\x06\x00[Content_Types].xml",
        r"is no text but an Excel workbook.*save the sheet as CSV",
    ),
    "old_excel": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), r"is no text but an old Excel workbook"),
    "parquet": (b"PAR1" + bytes(20), r"a Parquet file; name it \.parquet"),
    "html": (
        b"\n<!DOCTYPE html><html><body>Too many requests</body></html>",
        r"line 1: is a web page saved in place of data.*download the data again",
    ),
    "json": (
        b'{\n"Error Message": "Invalid API call"\n}',
        r"line 1: is JSON, perhaps a vendor's error.*Invalid API call.*download it again as CSV",
    ),
    "vendor_error": (b"{\nError Message\n}", r"line 1: is JSON"),
    "binary": (bytes(range(256)) * 40, r"line 1: holds a NUL byte, so it is no text"),
    "nul": ((HEADER + ROW).encode() + b"2020-01-03,AAPL,1\x000,11,9,10.5,100\n", r"line 3: holds a NUL byte"),
    "duplicate_header": (
        b"date,symbol,open,high,low,close,Close,volume\n" + ROW.encode(),
        r"line 1: the column close stands twice \(columns 6 and 7\); remove or rename one",
    ),
    "ragged": (
        (HEADER + "2020-01-02,AAPL,10,11,9,10.5,100,9,9\n" * 3).encode(),
        r"line 2: 9 fields where the header has 7.*make header and rows agree",
    ),
    "no_header": (ROW.encode() * 3, r"line 1: no header with known columns.*begin “2020-01-02,AAPL"),
    "other_table": (b"author,title\nMelville,Moby-Dick\n", r"line 1: no header with known columns"),
    "cut_gzip": (
        b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03" + b"\x4b",
        r"its compression is broken off or damaged",
    ),
}


@pytest.mark.parametrize("name", BAD_TEXTS)
def test_a_bad_text_file_is_refused_in_words(tmp_path, name):
    raw, message = BAD_TEXTS[name]
    (tmp_path / "bad.csv").write_bytes(raw)
    write(tmp_path / "good.csv", make_bars())
    with pytest.raises(InvalidMarketDataError, match=message):
        fetch(tmp_path / "bad.csv")
    with pytest.raises(InvalidMarketDataError, match=r"bad\.csv"):
        fetch(tmp_path / "good.csv", tmp_path / "bad.csv")


def test_a_path_that_is_not_there_and_others(tmp_path):
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "readme.md").write_text("no data")
    with pytest.raises(InvalidMarketDataError) as caught:
        fetch(tmp_path / "missing.csv", tmp_path / "notes")
    assert "missing.csv: there is no such file or folder; correct the path" in str(caught.value)
    assert "notes: the folder holds no data files; expected names ending in .csv" in str(caught.value)
    with pytest.raises(InvalidMarketDataError, match="needs DATA_PATH"):
        fetch()


def test_a_table_of_something_else_in_a_folder_is_passed_over_with_a_note(tmp_path):
    write(tmp_path / "AAPL.csv", make_bars(["AAPL"]).drop(columns="symbol"))
    (tmp_path / "readme.txt").write_text("Prices of one company.\n")
    found = fetch(tmp_path)
    assert len(found.bars) == 30
    assert "readme.txt" in found.notes[0]


def test_links_in_a_circle_end_and_broken_ones_are_named(tmp_path):
    folder = tmp_path / "prices"
    folder.mkdir()
    write(folder / "AAPL.csv", make_bars(["AAPL"]).drop(columns="symbol"))
    (folder / "again").symlink_to(folder)
    assert len(fetch(folder).bars) == 30
    (folder / "self.csv").symlink_to(folder / "self.csv")
    with pytest.raises(InvalidMarketDataError, match=r"self\.csv"):
        fetch(folder)
    with pytest.raises(InvalidMarketDataError, match=r"self\.csv"):
        fetch(folder / "self.csv")


@contextmanager
def _nobody():
    """Be someone for whom permissions count."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("name", ["a.csv", "a.parquet"])
def test_a_file_that_may_not_be_read(name):
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        path = Path(folder) / name
        path.write_text("x")
        path.chmod(0)
        with _nobody(), pytest.raises(InvalidMarketDataError, match=rf"{name}.*may not be read.*chmod"):
            fetch(path)


def test_a_folder_that_may_not_be_read():
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        inner = Path(folder) / "inner"
        inner.mkdir(0)
        with _nobody(), pytest.raises(InvalidMarketDataError, match=r"inner.*may not be read.*chmod"):
            fetch(inner)


@pytest.mark.parametrize("packed", [False, True])
def test_a_line_without_end_is_refused_before_it_is_held(tmp_path, monkeypatch, packed):
    monkeypatch.setattr(text, "MAX_LINE_BYTES", 1 << 16)
    asked = []
    opened = text._opened

    class Watched:
        def __init__(self, file):
            self.file = file

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.file.close()

        def read(self, size=-1):
            asked.append(size)
            return self.file.read(size)

    monkeypatch.setattr(text, "_opened", lambda path: Watched(opened(path)))
    path = tmp_path / "long.csv"
    (tmp_path / "start.csv").write_text(HEADER + ROW)
    raw = (HEADER + ROW + "9" * (1 << 21)).encode()
    if packed:
        raw = gzip.compress(raw)
    path.write_bytes(raw)
    with pytest.raises(
        InvalidMarketDataError,
        match=r"long\.csv, line 3: is longer than 32,768 bytes; expected one bar a line",
    ):
        fetch(path)
    assert 0 < max(asked) <= 1 << 16
    assert -1 not in asked


def test_two_files_that_disagree(tmp_path):
    bars = make_bars()
    write(tmp_path / "one.csv", bars)
    write(tmp_path / "two.csv", bars.iloc[5:10])
    assert len(fetch(tmp_path).bars) == 60
    bars.loc[7, "close"] += 0.01
    write(tmp_path / "two.csv", bars.iloc[5:10])
    with pytest.raises(
        InvalidMarketDataError,
        match=r"one\.csv, line 9 and two\.csv, line 4 disagree on AAPL on 2020-01-13: close .* name only one",
    ):
        fetch(tmp_path)


def test_the_same_values_in_single_precision_do_not_disagree(tmp_path):
    bars = make_bars()
    write(tmp_path / "one.csv", bars)
    single = bars.astype(dict.fromkeys(["open", "high", "low", "close"], "float32"))
    single.to_parquet(tmp_path / "two.parquet")
    pd.testing.assert_frame_equal(fetch(tmp_path).bars, fetch(tmp_path / "one.csv").bars)


def test_a_file_without_symbols_whose_name_is_none(tmp_path):
    path = write(tmp_path / "my export 2020.csv", make_bars(["AAPL"]).drop(columns="symbol"))
    with pytest.raises(
        InvalidMarketDataError, match=r"no symbol column, and its name is no ticker.*such as AAPL\.csv"
    ):
        fetch(path)


def test_sectors_alone_are_no_prices(tmp_path):
    (tmp_path / "sectors.csv").write_text("symbol,sector\nAAPL,Technology\n")
    with pytest.raises(InvalidMarketDataError, match=r"holds no prices, only sectors\.csv"):
        fetch(tmp_path)


def test_many_bad_files_are_all_told_up_to_ten(tmp_path):
    for at in range(13):
        (tmp_path / f"bad{at:02}.csv").touch()
    with pytest.raises(InvalidMarketDataError) as caught:
        fetch(tmp_path)
    assert str(caught.value).count("is empty") == 10
    assert str(caught.value).endswith("and 3 more files")


def test_nothing_sound_left(tmp_path):
    bars = make_bars()
    bars["high"] = bars["low"] - 1
    with pytest.raises(
        InvalidMarketDataError, match=r"No sound bar.*60 break a hard rule: high below low in 60"
    ):
        fetch(write(tmp_path / "a.csv", bars, Dialect()))
    assert np.isfinite(bars["high"]).all()
