"""Files that cannot be used, through the command: which, why, and the cure; the database stays untouched.

``tests/unit/providers/files`` has many more of them, without a database.
"""

import gzip
import io
import zipfile

import numpy as np
import pytest

from tests.integration.faults.support import data_revision, runs
from tests.integration.processes.support import CONTENTS, ask, measured
from tests.unit.providers.files.writing import Dialect, make_bars, write

pytestmark = pytest.mark.slow

HEADER = "date,symbol,open,high,low,close,volume\n"
GIGABYTE = 1 << 30
MEGABYTE = 1 << 20


def missing(folder):
    return folder / "missing.csv"


def empty(folder):
    (folder / "empty.csv").touch()
    return folder / "empty.csv"


def no_close(folder):
    return write(folder / "no_close.csv", make_bars().drop(columns="close"))


def text_in_prices(folder):
    path = folder / "text.csv"
    make_bars().assign(open="ten").rename(columns={"session": "date"}).to_csv(path, index=False)
    return path


def nothing_but_nan(folder):
    return write(folder / "nan.csv", make_bars().assign(close=np.nan), Dialect())


def two_that_disagree(folder):
    bars = make_bars()
    write(folder / "one.csv", bars)
    bars.loc[7, "close"] += 0.01
    write(folder / "two.csv", bars.iloc[5:10])
    return folder


def cut_parquet(folder):
    make_bars().to_parquet(folder / "whole.pq")
    raw = (folder / "whole.pq").read_bytes()
    (folder / "cut.parquet").write_bytes(raw[: len(raw) // 2])
    return folder / "cut.parquet"


def renamed_workbook(folder):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as book:
        book.writestr("[Content_Types].xml", "<Types/>")
        book.writestr("xl/worksheets/sheet1.xml", "<worksheet/>")
    (folder / "book.csv").write_bytes(packed.getvalue())
    return folder / "book.csv"


def web_page(folder):
    (folder / "page.csv").write_text("<!DOCTYPE html>\n<html><body>Please sign in</body></html>\n")
    return folder / "page.csv"


def no_lines_to_speak_of(folder):
    (folder / "blob.csv").write_text("x" * 300_000 + "\n" + "1,2,3\n" * 5)
    return folder / "blob.csv"


BAD = {
    no_lines_to_speak_of: ("blob.csv, line 1", "no header with known columns", "expected names such as date"),
    missing: ("missing.csv", "there is no such file or folder", "correct the path"),
    empty: ("empty.csv", "is empty", "get it again"),
    no_close: ("no_close.csv, line 1", "has no column close", "Rename the columns"),
    text_in_prices: ("text.csv, line 2", "open holds text (“ten”)", "expected numbers"),
    nothing_but_nan: ("nan.csv, line 2", "close has no value in any row", "expected prices"),
    two_that_disagree: (
        "one.csv, line 9 and two.csv, line 4",
        "disagree on AAPL on 2020-01-13",
        "name only one",
    ),
    cut_parquet: ("cut.parquet", "is no whole Parquet file, perhaps cut short", "get it again"),
    renamed_workbook: ("book.csv", "is no text but an Excel workbook", "save the sheet as CSV"),
    web_page: ("page.csv, line 1", "is a web page saved in place of data", "download the data again"),
}


def untouched(url):
    """What must stay: every table but the record of runs, row by row, and what pages go by."""
    tables = [name for name in CONTENTS if name != "job_runs"]
    rows = ", ".join(
        f"(SELECT count(*) FROM {name}), (SELECT max(xmin::text::bigint) FROM {name})" for name in tables
    )
    return ask(url, f"SELECT {rows}"), data_revision(url)


def refuse(commands, url, path):
    """Ingest from the path, which must fail and be recorded so; return what was said."""
    before, n_before = untouched(url), len(runs(url))
    settings = {
        "DATABASE_URL": url,
        "DATA_DIR": path.parent / "var",
        "DATA_PROVIDER": "files",
        "DATA_PATH": path,
    }
    assert commands.run("ingest", "--json", **settings) == 1
    error = commands.error()
    assert untouched(url) == before
    (run,) = runs(url)[n_before:]
    assert run == ("ingest_bars", 1, "failed", error)
    return error


@pytest.mark.parametrize("make", BAD, ids=lambda make: make.__name__)
def test_a_bad_file(commands, filled_url, tmp_path, make):
    folder = tmp_path / "prices"
    folder.mkdir()
    error = refuse(commands, filled_url, make(folder))
    for words in BAD[make]:
        assert words in error


def plain(folder):
    path = folder / "long.csv"
    with path.open("wb") as file:
        file.write((HEADER + "2020-01-02,AAPL,10,11,9,10.5,100\n2020-01-03,AAPL,").encode())
        file.truncate(2 * GIGABYTE)  # the rest is a hole: two gigabytes to whoever reads it
    return path


def packed(folder):
    path = folder / "long.csv.gz"
    piece = gzip.compress(b"9" * (16 * MEGABYTE))
    with path.open("wb") as file:
        file.write(gzip.compress((HEADER + "2020-01-02,AAPL,10,11,9,10.5,100\n2020-01-03,AAPL,").encode()))
        for _ in range(128):
            file.write(piece)
    return path


@pytest.mark.parametrize("make", [plain, packed])
def test_a_line_of_two_gigabytes_is_not_read(commands, filled_url, tmp_path, make):
    (tmp_path / "prices").mkdir()
    refuse(commands, filled_url, empty(tmp_path / "prices"))
    usual_peak, usually_read = commands.usage()
    error = refuse(commands, filled_url, make(tmp_path / "prices"))
    assert "line 3: is longer than 524,288 bytes; expected one bar a line" in error
    peak, n_read = commands.usage()
    measured(
        "%s: %.0f MB more memory, %.1f MB read",
        make.__name__,
        (peak - usual_peak) / MEGABYTE,
        n_read / MEGABYTE,
    )
    assert peak - usual_peak < 32 * MEGABYTE
    assert n_read - usually_read < 8 * MEGABYTE
