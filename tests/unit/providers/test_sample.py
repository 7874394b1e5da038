"""The packaged sample: its contract, its fingerprint, its independence of the network."""

import json
import socket
import subprocess
import sys

import pandas as pd
import pytest

from models.domain.errors import InvalidMarketDataError, InvalidRequestError
from models.domain.market import BAR_COLUMNS, EVENT_COLUMNS, GICS_SECTORS, EventKind, PriceBasis
from models.domain.settings import Settings
from services.providers import sample
from services.providers.bar_validation import check_market_data
from services.providers.registry import PROVIDERS, open_provider
from services.providers.sample import SampleProvider

SYMBOLS = ["AAPL", "FB", "GOOG", "IBM", "MSFT", "^GSPC"]


def _no_progress(done, total, message):
    pass


@pytest.fixture(scope="module")
def market():
    return open_provider(Settings(data_provider="sample")).fetch(_no_progress, stored=None)


def test_frames_keep_their_contract(market):
    for frame, columns in ((market.bars, BAR_COLUMNS), (market.events, EVENT_COLUMNS)):
        assert {name: str(kind) for name, kind in frame.dtypes.items()} == dict(columns)
        keys = ["symbol", "session"] if columns is BAR_COLUMNS else ["symbol", "session", "kind"]
        assert not frame.duplicated(keys).any()
        pd.testing.assert_frame_equal(frame, frame.sort_values(keys, ignore_index=True))
        assert (frame["session"].dt.normalize() == frame["session"]).all()
    check_market_data(market)


def test_events_stand_on_bars_and_have_a_meaning(market):
    events = market.events.merge(market.bars, on=["symbol", "session"], how="left")
    assert events["close"].notna().all()
    assert set(events["kind"]) == {EventKind.SPLIT.value, EventKind.DIVIDEND.value}
    dividends = events[events["kind"] == "dividend"]
    assert ((dividends["value"] > 0) & (dividends["value"] < 0.2 * dividends["close"])).all()


def test_instruments_and_dataset_say_what_they_are(market):
    assert [instrument.symbol for instrument in market.instruments] == SYMBOLS
    assert set(market.bars["symbol"]) == set(SYMBOLS)
    for instrument in market.instruments:
        assert instrument.in_universe == (instrument.symbol != "^GSPC")
        assert instrument.sector in (GICS_SECTORS.values() if instrument.in_universe else [None])
        assert instrument.name
    assert "price index" in market.instruments[-1].name
    dataset = market.dataset
    assert dataset.price_basis is PriceBasis.RAW
    assert dataset.historical
    assert not dataset.simulated
    assert dataset.benchmark == "^GSPC"
    assert "1 March 2013" in dataset.banner
    assert dataset.survivorship_note


def test_the_bars_are_all_there(market):
    bars = market.bars
    assert len(bars) == 15_716
    counts = bars["symbol"].value_counts().to_dict()
    assert counts["FB"] == 196
    assert counts["AAPL"] == counts["IBM"] == counts["MSFT"] == 3_270
    last = bars.groupby("symbol")["session"].max()
    assert set(last) == {pd.Timestamp("2013-03-01")}, "the benchmark is cut at the symbols' last session"


def test_prices_as_they_were_quoted(market):
    """Apple on 1 March 2000 and 1 March 2013, raw; the index on 3 January 2000."""
    bars = market.bars.set_index(["symbol", "session"])
    assert bars.loc[("AAPL", pd.Timestamp("2000-03-01")), "close"] == 130.31
    assert bars.loc[("AAPL", pd.Timestamp("2013-03-01")), "close"] == 430.47
    assert bars.loc[("^GSPC", pd.Timestamp("2000-01-03")), "close"] == pytest.approx(1455.22, abs=0.005)


def test_the_fingerprint_is_stable_and_names_the_provider():
    first, second = (SampleProvider().fetch(_no_progress).dataset for _ in range(2))
    assert first == second
    assert len(first.fingerprint) == 64
    assert first.provider == "sample"


def test_needs_no_network(monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("the sample asked for the network")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert len(SampleProvider().fetch(_no_progress).bars) == 15_716


def test_progress_goes_up_to_its_total():
    seen = []
    SampleProvider().fetch(lambda done, total, message: seen.append((done, total, message)))
    assert [done for done, _, _ in seen] == sorted(done for done, _, _ in seen)
    assert seen[-1][0] == seen[-1][1]
    assert all(message for _, _, message in seen)


def test_importing_the_registry_reads_no_data_and_loads_nothing_heavy(repository_root):
    code = "import json, sys, services.providers.registry; print(json.dumps(sorted(sys.modules)))"
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=repository_root, capture_output=True, check=True
    )
    loaded = set(json.loads(answer.stdout))
    assert not loaded & {
        "arch",
        "bokeh_sampledata",
        "sklearn",
        "scipy",
        "torch",
        "yfinance",
        "talib",
        "socketserver",
    }


def test_fetching_does_not_import_arch(repository_root):
    """Importing it takes two seconds; only its file is wanted."""
    code = (
        "import sys; from services.providers.sample import SampleProvider; "
        "SampleProvider().fetch(lambda *step: None); print('arch' in sys.modules)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=repository_root, capture_output=True, check=True
    )
    assert answer.stdout.split() == [b"False"]


@pytest.mark.parametrize(
    ("file", "remedy"),
    [(("no-such-package-here", "x.csv"), "make setup"), (("arch", "arch/none.csv.gz"), "pinned version")],
)
def test_a_missing_package_or_file_names_the_cure(monkeypatch, file, remedy):
    monkeypatch.setattr(sample, "_INDEX_FILE", file)
    with pytest.raises(InvalidMarketDataError, match=remedy):
        SampleProvider().fetch(_no_progress)


def test_an_unknown_provider_is_refused_with_those_there_are():
    with pytest.raises(InvalidRequestError, match="bloomberg.*" + ", ".join(PROVIDERS)):
        open_provider(Settings(data_provider="bloomberg"))
