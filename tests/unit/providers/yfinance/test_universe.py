"""The default universe's promises, and tickers there and back."""

import pytest

from models.domain.market import GICS_SECTORS
from models.domain.settings import Settings
from services.providers.yfinance.universe import (
    DEFAULT_UNIVERSE,
    GICS_NAME,
    UniverseChoice,
    canonical,
    vendor_symbol,
)


def test_fifty_companies_over_all_eleven_sectors():
    assert len(DEFAULT_UNIVERSE) == 50
    assert {member.sector for member in DEFAULT_UNIVERSE.values()} == set(GICS_SECTORS.values())
    assert all(member.symbol == symbol and member.name for symbol, member in DEFAULT_UNIVERSE.items())


def test_the_vendors_sectors_become_gics_own():
    assert set(GICS_NAME.values()) < set(GICS_SECTORS.values())


@pytest.mark.parametrize(
    ("ours", "theirs"), [("BRK.B", "BRK-B"), ("AAPL", "AAPL"), ("^VIX", "^VIX"), ("BF.A", "BF-A")]
)
def test_tickers_are_translated_both_ways(ours, theirs):
    assert vendor_symbol(ours) == theirs
    assert canonical(theirs) == canonical(ours) == ours


def test_the_users_choice_comes_first():
    plain = UniverseChoice.of(Settings())
    assert plain.members == tuple(DEFAULT_UNIVERSE)
    assert plain.symbols[-2:] == ("SPY", "^VIX")
    chosen = UniverseChoice.of(Settings(universe=("BRK-B", "SPY", "BRK.B"), benchmark="^GSPC"))
    assert chosen.members == ("BRK.B", "SPY")
    assert chosen.symbols == ("BRK.B", "SPY", "^GSPC", "^VIX")
