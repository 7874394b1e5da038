"""Exposures, shocks and crises, worked by hand."""

import numpy as np
import pytest

from models.domain.errors import InvalidRequestError
from models.domain.risk import StressKind
from models.domain.risk_request import UNKNOWN_SECTOR, UserShock
from services.quant.risk.books import edited_book, sector_exposures
from services.quant.risk.stress import CRISES, market_moves, past_crisis, sector_moves, user_shock
from tests.unit.quant.factories import weekdays
from tests.unit.quant.risk.factories import make_book, make_matrix


def test_sectors_beside_the_universe_and_the_alert():
    book = make_book([0.4, 0.2, -0.2], sectors=("Energy", "Utilities", "Utilities"))
    universe = {"A": "Energy", "B": "Utilities", "C": None, "D": "Materials"}
    found = {one.sector: one for one in sector_exposures(book, universe)}
    assert (found["Energy"].weight, found["Energy"].reference_weight) == (pytest.approx(0.5), 0.25)
    assert found["Utilities"].weight == pytest.approx(0.5)  # long and short both count
    assert [name for name, one in found.items() if one.is_alert] == ["Energy", "Utilities"]
    assert (found["Materials"].weight, found[UNKNOWN_SECTOR].reference_weight) == (0.0, 0.25)


def test_thirds_are_a_whole_book_and_unknown_sectors_are_named():
    book = edited_book(
        [("A", 0.3333), ("B", 0.3333), ("C", 0.3333)], {"A", "B", "C"}, {"A": None}, weekdays(1)[0].item()
    )
    assert book.cash == pytest.approx(0.0001)
    assert set(book.sectors) == {UNKNOWN_SECTOR}


def test_moves_of_the_market_go_through_betas():
    market = np.random.default_rng(0).normal(0.0, 0.01, 400)
    values = np.column_stack([2.0 * market, 0.5 * market, market])
    values[:370, 2] = np.nan  # 30 returns are too few for a beta
    worst = market_moves(make_book([0.5, 0.3, 0.2]), make_matrix(values, market))[-1]
    assert worst.name == "Market \N{MINUS SIGN}30 %"
    assert worst.book_return == pytest.approx(0.5 * 2.0 * -0.3 + 0.3 * 0.5 * -0.3)
    assert (worst.missing, worst.coverage) == (("S002",), pytest.approx(0.8))
    assert worst.scaled_return == pytest.approx(worst.book_return / 0.8)


def test_nothing_falls_by_more_than_all_it_is_worth():
    market = np.random.default_rng(0).normal(0.0, 0.01, 400)
    worst = market_moves(make_book([1.0]), make_matrix(5.0 * market[:, None], market))[-1]
    assert worst.book_return == -1.0


def test_a_sector_falls_and_the_others_stand():
    book = make_book([0.5, 0.3, 0.2], sectors=("Energy", "Utilities", "Energy"))
    first, second = sector_moves(book)
    assert (first.name, first.book_return) == ("Energy \N{MINUS SIGN}20 %", pytest.approx(-0.14))
    assert second.book_return == pytest.approx(-0.06)


def test_a_symbols_shock_comes_before_its_sectors():
    book = make_book([0.5, 0.3, 0.2], sectors=("Energy", "Energy", "Utilities"))
    shock = UserShock("oil", by_symbol=(("S000", 0.1), ("ZZZ", -1.0)), by_sector=(("Energy", -0.5),))
    found = user_shock(book, shock)
    assert (found.kind, found.coverage) == (StressKind.USER, pytest.approx(1.0))
    assert found.book_return == pytest.approx(0.05 - 0.15)
    assert found.note == "Not in the book: ZZZ"
    assert {part.name: part.contribution for part in found.by_sector} == {
        "Energy": pytest.approx(-0.10),
        "Utilities": 0.0,
    }


@pytest.mark.parametrize("value", [-1.5, float("nan"), 99.0])
def test_shocks_that_no_price_can_have(value):
    with pytest.raises(InvalidRequestError, match="S000"):
        UserShock("x", by_symbol=(("S000", value),))


def test_what_was_not_listed_in_a_crisis_is_missing_and_never_zero():
    crisis = CRISES[1]
    days = np.arange("2007-09-03", "2009-04-01", dtype="datetime64[D]")
    days = days[np.is_busday(days)]
    values = np.full((days.size, 2), -0.001)
    values[: days.size // 2, 1] = np.nan
    matrix = make_matrix(values)
    matrix = type(matrix)(matrix.symbols, days, values, matrix.market, "the market")
    found = past_crisis(make_book([0.5, 0.5]), matrix, crisis)
    n_sessions = int(((days > np.datetime64(crisis.first)) & (days <= np.datetime64(crisis.last))).sum())
    assert found.book_return == pytest.approx(0.5 * (0.999**n_sessions - 1.0))
    assert (found.missing, found.coverage) == (("S001",), 0.5)
    assert [part.name for part in found.by_symbol] == ["S000"]
    before = past_crisis(make_book([0.5, 0.5]), matrix, CRISES[0])
    assert (before.book_return, before.scaled_return, before.coverage) == (None, None, 0.0)
    assert "2007-09-03" in before.note
