"""Files whose names differ in a date are instalments of one feed: the last word counts."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.domain.errors import InvalidMarketDataError
from services.providers.files.sources import SourceFile
from tests.unit.providers.files.writing import Dialect, fetch, make_bars, sessions, write

DAYS = sessions(30)
PLAIN = Dialect()


def instalment(folder, bars, place, dialect=PLAIN):
    """Write the sessions place and place - 1 as the dump of that day."""
    day = DAYS[place]
    rows = bars[bars["session"].isin([DAYS[place - 1], day])]
    return write(folder / f"{str(day).replace('-', '')}.csv", rows, dialect)


@pytest.mark.parametrize(
    ("shown", "feed"),
    [
        ("20150820.csv", "*.csv"),
        ("eod-2015-08-20.csv.gz", "eod-*.csv.gz"),
        ("prices_2015_08_20.parquet", "prices_*.parquet"),
        ("20150820/prices.csv", "*/prices.csv"),
        ("20150820_20150821.csv", "*_20150821.csv"),
        ("AAPL.csv", None),
        ("20151320.csv", None),
        ("120150820.csv", None),
        ("2015-0820.csv", None),
    ],
)
def test_what_makes_files_a_feed(shown, feed):
    found = SourceFile(Path("/data") / shown, shown).feed
    assert found == (None if feed is None else f"/data/{feed}")


def test_the_last_word_counts(tmp_path):
    bars = make_bars(n=30)
    instalment(tmp_path, bars, 5)
    early = fetch(tmp_path)
    corrected = bars.copy()
    row = bars.index[(bars["symbol"] == "AAPL") & (bars["session"] == DAYS[5].astype("M8[s]"))][0]
    corrected.loc[row, "volume"] += 50.0
    instalment(tmp_path, corrected, 6)
    found = fetch(tmp_path)
    assert len(early.bars) == 4
    assert len(found.bars) == 6
    assert found.dataset.fingerprint == early.dataset.fingerprint
    assert (
        found.bars.loc[found.bars["symbol"] == "AAPL", "volume"].tolist()[1] == corrected.loc[row, "volume"]
    )
    assert found.notes == ("1 bars corrected by a later file of the same feed",)
    assert found.repeats == {"AAPL": 1, "MSFT": 1}
    assert found.rejected.empty


def test_files_that_are_no_feed_must_agree(tmp_path):
    bars = make_bars(n=30)
    write(tmp_path / "20200110.csv", bars)
    write(tmp_path / "other 20200113.csv", bars.assign(volume=bars["volume"] + 1))
    with pytest.raises(InvalidMarketDataError, match="disagree on AAPL"):
        fetch(tmp_path)


def test_what_contradicts_itself_within_the_newest_file_is_still_a_conflict(tmp_path):
    bars = make_bars(n=30)
    instalment(tmp_path, bars, 5)
    path = instalment(tmp_path, bars, 6)
    first = path.read_text().splitlines()[1]
    path.write_text(path.read_text() + first.rsplit(",", 1)[0] + ",77\n")
    found = fetch(tmp_path)
    assert found.rejected["rule"].tolist() == ["conflicting_duplicate"] * 2
    assert len(found.bars) == 5


def test_events_come_out_of_each_file_alone(tmp_path):
    """Each dump adjusts its closes as of its own day; between two dumps they only seem to move."""
    close = np.full(12, 50.0)
    bars = pd.DataFrame(
        {
            "symbol": "AAA", "session": DAYS[:12].astype("M8[s]"), "open": close, "high": close,
            "low": close, "close": close, "volume": 100.0,
        }
    )  # fmt: skip
    paid = {4: 0.5, 9: 0.25}
    for place in range(1, 12):
        factor = 50.0 / (50.0 + paid.get(place, 0.0))
        adjusted = np.where(np.arange(12) < place, 50.0 * factor, 50.0).round(6)
        instalment(tmp_path, bars.assign(adj_close=adjusted), place, Dialect(decimals=6))
    events = fetch(tmp_path).events
    assert events["session"].tolist() == [pd.Timestamp(DAYS[4]), pd.Timestamp(DAYS[9])]
    assert events["kind"].tolist() == ["dividend"] * 2
    assert events["value"].to_numpy() == pytest.approx([0.5, 0.25], abs=1e-4)
