"""The choice between a live feed and the sample, with a feed that does what a test wants."""

import numpy as np
import pytest

from models.domain.errors import ProviderUnavailableError
from services.providers.automatic import AutomaticProvider
from services.providers.sample import SampleProvider


class Feed:
    name = feed_name = "elsewhere"

    def __init__(self, answers=True, gives=True, is_stored=False):
        self.answers, self.gives, self._is_stored = answers, gives, is_stored
        self.asked = []

    def is_stored(self, stored):
        return self._is_stored

    def probe(self, stored):
        self.asked.append("probe")
        if not self.answers:
            raise ProviderUnavailableError("Elsewhere cannot be had: no answer in time")

    def fetch(self, progress, stored):
        self.asked.append("fetch")
        if not self.gives:
            raise ProviderUnavailableError("Elsewhere gave no prices")
        return "live data"

    def quotes(self, symbols, stored):
        return f"quotes of {symbols}"


def fetch(feed, universe=()):
    return AutomaticProvider(feed, universe).fetch(lambda *_: None, None)


def test_a_feed_that_answers_is_asked():
    feed = Feed()
    assert fetch(feed) == "live data"
    assert feed.asked == ["probe", "fetch"]


@pytest.mark.parametrize("fault", [{"answers": False}, {"gives": False}])
def test_one_that_does_not_leaves_the_sample_which_says_why(fault):
    market = fetch(Feed(**fault))
    plain = SampleProvider().fetch(lambda *_: None)
    assert market.dataset.banner.startswith(plain.dataset.banner)
    assert "Elsewhere" in market.dataset.banner
    assert market.dataset.fingerprint == plain.dataset.fingerprint
    np.testing.assert_array_equal(market.bars["close"], plain.bars["close"])


def test_once_live_data_are_stored_there_is_no_way_back():
    feed = Feed(gives=False, is_stored=True)
    with pytest.raises(ProviderUnavailableError):
        fetch(feed)
    assert feed.asked == ["fetch"], "no second question before the real one"


@pytest.mark.parametrize(
    ("universe", "shown", "said"),
    [
        ((), 5, ""),
        (("IBM",), 1, ""),
        (("IBM", "TSLA"), 1, "it shows IBM"),
        (("TSLA",), 5, "it shows AAPL, FB, GOOG, IBM, MSFT"),
    ],
)
def test_the_sample_shows_of_the_universe_what_it_has(universe, shown, said):
    market = fetch(Feed(answers=False), universe)
    assert sum(instrument.in_universe for instrument in market.instruments) == shown
    assert ("UNIVERSE" in market.dataset.banner) is bool(said)
    assert said in market.dataset.banner


def test_quotes_are_the_feeds():
    assert AutomaticProvider(Feed()).quotes("AB", None) == "quotes of AB"
