"""Hard and soft rules on real prices: what they find, and what they must leave alone."""

import tarfile
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from models.domain.errors import InvalidMarketDataError
from models.domain.settings import Settings
from services.providers.files import FilesProvider
from services.quant.quality.flags import find_flags
from services.quant.sessions import session_closes
from services.queries.exports import ExportRequest, export_frames
from services.storage.unit_of_work import SqlUnitOfWork
from services.usecases.ingest_bars import ingest_bars
from tests.real_data.panels import flag_keys, panel_of
from tests.unit.providers.files.writing import fetch

pytestmark = pytest.mark.real_data

# docs/data-quality.md shows the same counts.
FOUND = {
    "dirty/all_stocks_5yr": {
        "missing_field": 11,
        "high_below_low": 1,
        "open_or_close_outside_range": 11,
        "unexplained_move": 85,
        "repeated_close": 97,
        "gap": 3,
        "missed_split": 1,
    },
    "sp500/sp500_daily": {
        "unexplained_move": 758,
        "repeated_close": 1053,
        "zero_volume": 187,
        "missed_split": 18,
    },
    "sp500/sp500_adj_2010_2026": {
        "open_or_close_outside_range": 4,
        "unexplained_move": 322,
        "repeated_close": 175,
        "zero_volume": 37,
        "missed_split": 8,
    },
}
DEFECTS = (
    ("dirty/all_stocks_5yr", "LNT", "2016-05-19", "open_or_close_outside_range"),
    ("dirty/all_stocks_5yr", "IP", "2014-07-01", "open_or_close_outside_range"),
    ("dirty/all_stocks_5yr", "SPG", "2014-05-28", "open_or_close_outside_range"),
    ("dirty/all_stocks_5yr", "WRK", "2016-05-13", "open_or_close_outside_range"),
    ("dirty/all_stocks_5yr", "O", "2014-11-06", "open_or_close_outside_range"),
    ("dirty/all_stocks_5yr", "AOS", "2014-05-19", "high_below_low"),
    ("dirty/all_stocks_5yr", "DHR", "2016-01-12", "missing_field"),
    ("dirty/all_stocks_5yr", "UA", "2016-04-07", "missing_field"),
    ("sp500/sp500_adj_2010_2026", "ANDV", "2018-09-20", "open_or_close_outside_range"),
    ("dirty/all_stocks_5yr", "DHR", "2015-03-23", "gap"),
    ("sp500/sp500_daily", "KSU", "2000-07-13", "missed_split"),
    ("sp500/sp500_daily", "CHTR", "2010-01-06", "zero_volume"),
    ("sp500/sp500_daily", "TTWO", "2002-02-14", "repeated_close"),
)
GENUINE = (
    ("sp500/sp500_daily", "AAPL", "2000-09-29"),
    ("sp500/sp500_daily", "HIG", "2008-12-05"),
    ("sp500/sp500_daily", "AIG", "2008-09-15"),
    ("sp500/sp500_daily", "AIG", "2008-09-24"),
    ("sp500/sp500_daily", "AAL", "2008-07-22"),
    ("sp500/sp500_daily", "NLOK", "2018-05-11"),
    ("sp500/sp500_daily", "OXY", "2020-03-09"),
    ("sp500/sp500_adj_2010_2026", "OXY", "2020-03-09"),
    ("sp500/sp500_adj_2010_2026", "LNC", "2022-11-03"),
    ("sp500/sp500_adj_2010_2026", "FMC", "2025-02-05"),
    ("dirty/all_stocks_5yr", "CHK", "2016-02-08"),
)


class Clock:
    def __init__(self, time=datetime(2026, 8, 22, 12, tzinfo=UTC)):
        self.time = time

    def now(self):
        return self.time


def read(path, clock=None):
    provider = FilesProvider(Settings(data_provider="files", data_path=(path,)), clock or Clock())
    return provider.fetch(lambda *_: None, None)


@pytest.fixture(scope="module")
def panels(real_data):
    """What each panel holds and what was flagged in it."""
    read_by_name = {name: read(real_data / f"{name}.parquet") for name in FOUND}
    return {name: (market, find_flags(panel_of(market))) for name, market in read_by_name.items()}


@pytest.mark.parametrize("name", FOUND)
def test_what_each_rule_finds(panels, name):
    market, flags = panels[name]
    assert pd.concat([market.rejected["rule"], flags["rule"]]).value_counts().to_dict() == FOUND[name]


@pytest.mark.parametrize(("name", "symbol", "day", "rule"), DEFECTS)
def test_a_known_defect_is_found(panels, name, symbol, day, rule):
    market, flags = panels[name]
    found = pd.concat([market.rejected[["symbol", "session", "rule"]], flags])
    assert (symbol, day) in flag_keys(found, rule)


@pytest.mark.parametrize(("name", "symbol", "day"), GENUINE)
def test_a_real_extreme_day_is_kept_and_marked(panels, name, symbol, day):
    market, flags = panels[name]
    kept = market.bars[(market.bars["symbol"] == symbol) & (market.bars["session"] == day)]
    assert len(kept) == 1
    assert (symbol, day) in flag_keys(flags, "unexplained_move")


@pytest.mark.parametrize("name", FOUND)
def test_no_extreme_day_is_rejected_but_for_what_contradicts_itself(panels, real_data, name):
    """Every row whose four prices agree with each other is kept, however far it moved."""
    market, _ = panels[name]
    source = pd.read_parquet(real_data / f"{name}.parquet").astype({"symbol": "str"})
    prices = source[["open", "high", "low", "close"]].astype("float64")
    low, high = prices["low"] * (1 - 1e-4), prices["high"] * (1 + 1e-4)
    agree = prices.notna().all(axis=1) & prices[["open", "close"]].min(axis=1).ge(low)
    agree &= prices[["open", "close"]].max(axis=1).le(high)
    move = source["close"].astype("float64").groupby(source["symbol"]).pct_change(fill_method=None).abs()
    extreme = source[agree & (move > 0.2)]
    assert len(extreme) > 50
    wanted = extreme[["symbol"]].assign(session=pd.to_datetime(extreme["date"]).astype("datetime64[s]"))
    kept = wanted.merge(market.bars[["symbol", "session"]], on=["symbol", "session"])
    assert len(kept) == len(wanted)


def test_a_dump_with_its_header_among_the_rows(real_data, tmp_path):
    """The dump stands three times in its file, with other adjusted closes where a dividend came between."""
    with tarfile.open(real_data / "dirty" / "pystock_20150406.tar.gz") as packed:
        packed.extractall(tmp_path, filter="data")
    market = read(tmp_path / "prices.csv")
    assert len(market.bars) == 12_045
    assert market.rejected["rule"].value_counts().to_dict() == {
        "no_session": 65,
        "conflicting_duplicate": 57,
        "price_not_positive": 9,
    }
    assert "AEO" in market.rejected.loc[market.rejected["rule"] == "conflicting_duplicate", "symbol"].tolist()
    assert sum(market.repeats.values()) > 12_000
    whole = read(tmp_path)
    assert len(whole.bars) == 12_045
    assert len(whole.notes) == 2  # reports.csv and symbols.txt are no prices


def test_an_empty_dump(real_data, tmp_path):
    with tarfile.open(real_data / "dirty" / "pystock_20150610_empty_prices.tar.gz") as packed:
        packed.extractall(tmp_path, filter="data")
    with pytest.raises(InvalidMarketDataError, match=r"^prices\.csv: is empty; get it again"):
        read(tmp_path / "prices.csv")


def test_ghost_bars_beside_sound_ones(real_data, tmp_path):
    ghosts = pd.read_csv(real_data / "dirty" / "pystock_holiday_ghost_bars.csv").drop(columns="file")
    rows = "date,symbol,open,high,low,close,volume\n2015-04-06,AIRI,10,10,10,10,5\n"
    (tmp_path / "sound.csv").write_text(rows)
    ghosts.to_csv(tmp_path / "ghosts.csv", index=False)
    market = read(tmp_path)
    assert len(market.bars) == 1
    # Some of them are nothing but zeros besides.
    assert set(market.rejected["rule"]) == {"no_session", "price_not_positive"}
    assert len(market.rejected) == len(ghosts)
    assert np.isfinite(market.rejected["close"]).all()


def test_a_dump_of_the_day_that_has_not_begun(real_data):
    """The last session of the panel, read the day before it."""
    clock = Clock(datetime(2026, 1, 5, 20, tzinfo=UTC))
    market = read(real_data / "sp500" / "sp500_adj_2010_2026.parquet", clock)
    assert market.rejected["rule"].value_counts().to_dict() == {
        "future_date": 412,
        "open_or_close_outside_range": 4,
    }


@pytest.fixture(scope="module")
def feed(real_data):
    """The feed as it arrived, those symbols that it corrects and some more."""
    whole = pd.read_parquet(real_data / "dirty" / "pystock_feed_20150820_20150902.parquet")
    whole = whole.astype({"file": "str", "symbol": "str"}).assign(date=pd.to_datetime(whole["date"]))
    values = whole.drop(columns="file").drop_duplicates()
    corrected = values.loc[values.duplicated(["symbol", "date"]), "symbol"].unique().tolist()
    some = sorted(whole["symbol"].unique())[::40]
    return whole[whole["symbol"].isin([*corrected[:250], *some])]


VALUES = ("open", "high", "low", "close", "volume", "adj_close")


def test_a_feed_day_by_day_into_one_folder(feed, tmp_path, engine):
    """Each file repeats its predecessor's session: no doubles, and every changed bar kept as a version."""
    clock = Clock()
    folder = tmp_path / "feed"
    folder.mkdir()
    versions: dict[tuple[str, str], list[tuple[pd.Timestamp, tuple[float, ...]]]] = {}
    moments = []
    for name, rows in feed.groupby("file"):
        rows.drop(columns="file").to_csv(folder / f"{name}.csv", index=False)
        clock.time = datetime.strptime(name, "%Y%m%d").replace(hour=22, tzinfo=UTC)
        settings = Settings(data_provider="files", data_path=(folder,))
        result = ingest_bars(
            lambda: SqlUnitOfWork(engine), FilesProvider(settings, clock), clock, lambda *_: None
        )
        assert result.detail["quarantined"] == 0
        n_written = _remember(versions, rows, clock.time)
        assert result.rows_written >= n_written  # events besides
        moments.append(clock.time)
        again = ingest_bars(
            lambda: SqlUnitOfWork(engine), FilesProvider(settings, clock), clock, lambda *_: None
        )
        assert again.rows_written == 0
    n_changed = sum(len(known) - 1 for known in versions.values())
    assert n_changed > 250
    with engine.connect() as connection:
        counts = connection.exec_driver_sql(
            "SELECT (SELECT count(*) FROM datasets), (SELECT count(*) FROM bars), "
            "(SELECT count(*) FROM bar_versions)"
        ).one()
    assert tuple(counts) == (1, len(versions), n_changed)
    with SqlUnitOfWork(engine) as work:
        dataset_id = work.datasets.active().dataset.id
        for moment in moments:
            for known_by in (moment, moment - timedelta(minutes=1)):
                panel = work.bars.panel(dataset_id, known_by=known_by)
                assert _bars_of(panel) == _believed(versions, known_by)
    # At the close of a day its own bars are known, and no correction that came in the evening.
    for moment in moments:
        close = moment.replace(hour=20)
        request = ExportRequest(as_of=moment.date())
        frame = pd.concat(export_frames(engine, clock, "bars", request))
        assert _rows_of(frame) == _believed(versions, close)


def _remember(versions, rows, now):
    """Note what a file says: history is known from its session's close, a change from now on."""
    n_written = 0
    closes = session_closes(rows["date"].to_numpy("datetime64[D]"))
    for close, row in zip(closes, rows.itertuples(), strict=True):
        values = tuple(float(getattr(row, name)) for name in VALUES)
        known = versions.setdefault((row.symbol, str(row.date.date())), [])
        if known and known[-1][1] != values:
            known.append((pd.Timestamp(now).tz_localize(None), values))
            n_written += 1
        elif not known:
            known.append((pd.Timestamp(close), values))
            n_written += 1
    return n_written


def _believed(versions, moment):
    """Return the bar of each (symbol, session) that was believed at a moment."""
    moment = pd.Timestamp(moment).tz_localize(None)
    expected = {}
    for key, known in versions.items():
        believed = [values for since, values in known if since <= moment]
        if believed:
            expected[key] = believed[-1][:5]
    return expected


def _bars_of(panel):
    columns = {name: getattr(panel, name) for name in VALUES[:5]}
    names = np.array(panel.symbols, dtype=object)[panel.code]
    return _rows_of(pd.DataFrame({"symbol": names, "session": panel.session.astype(str), **columns}))


def _rows_of(frame):
    assert not frame.duplicated(["symbol", "session"]).any()
    keys = zip(frame["symbol"], frame["session"], strict=True)
    return dict(zip(keys, frame[list(VALUES[:5])].itertuples(index=False, name=None), strict=True))


def test_the_events_of_a_feed_are_those_of_each_file(feed, tmp_path):
    """Adjusted closes of two files do not fit each other; events are told within each file alone."""
    alone, folder = [], tmp_path / "feed"
    folder.mkdir()
    for name, rows in feed.groupby("file"):
        path = folder / f"{name}.csv"
        rows.drop(columns="file").to_csv(path, index=False)
        alone.append(fetch(path).events)
    together = fetch(folder).events
    expected = pd.concat(alone).drop_duplicates(["symbol", "session", "kind"], keep="last")
    assert len(expected) > 20
    key = ["symbol", "session", "kind"]
    found = set(together[key].itertuples(index=False, name=None))
    assert found == set(expected[key].itertuples(index=False, name=None))
