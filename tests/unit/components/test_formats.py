from datetime import date

import pytest

from components import formats
from models.domain.signals import LABELS, Label


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0102, "+1.02 %"), (-0.0248, "−2.48 %"), (0.0, "0.00 %"), (-0.00001, "0.00 %"), (None, "–")],
)
def test_change_carries_its_sign(value, text):
    assert formats.change(value).replace(formats.THIN, " ") == text


@pytest.mark.parametrize(("value", "text"), [(3362.02, "3,362.02"), (27.78, "27.78"), (None, "–")])
def test_price(value, text):
    assert formats.price(value) == text


def test_a_score_never_looks_like_a_threshold_that_it_has_not_reached():
    assert formats.score(0.5496) == "0.550"
    assert formats.score(0.5494) == "0.549"
    assert formats.score(None) == "–"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (352_900_000.0, "352.9 M"),
        (-1_250_000_000.0, "−1.2 B"),
        (44.13, "44.13"),
        (-0.0408, "−0.0408"),
        (0.0, "0.00"),
    ],
)
def test_quantity(value, text):
    assert formats.quantity(value).replace(formats.THIN, " ") == text


def test_day():
    assert formats.day(date(2013, 3, 1)) == "1 Mar 2013"


def test_every_label_has_arrow_direction_and_slug():
    assert set(formats.ARROWS) == set(formats.DIRECTIONS) == set(LABELS)
    assert formats.label_slug(Label.STRONG_BUY) == "strong-buy"
    assert formats.label_slug(None) == "none"
    assert formats.label_text(Label.STRONG_SELL) == "Strong sell"


def test_shares():
    assert formats.shares((("technical", 1.0),)).replace(formats.THIN, " ") == "technical 100 %"
    two = formats.shares((("technical", 4 / 7), ("model", 3 / 7))).replace(formats.THIN, " ")
    assert two == "technical 57 % · model 43 %"
