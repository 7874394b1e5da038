"""Sentences on all features: grammatical, with a number where one is known, and true to the sign."""

import re
from datetime import date

import numpy as np
import pytest

from services.ml.explanations.feature_words import said
from services.ml.explanations.sentences import sentence, strongest
from services.quant.features.registry import NAMES

DAY = date(2024, 3, 1)  # a Friday
CLASSES = ("Down", "Neutral", "Up")
LEVEL = "very low|low|in its usual range|high|very high"
GRAMMAR = re.compile(
    rf"((It is [A-Z][a-z]+)|([A-Z][^:]* is (not known|{LEVEL}))): "
    r"pushes (towards|away from) (Down|Neutral|Up) by (less than 0\.01|\d+\.\d\d)"
    r"(, mostly by its earlier values)?"
)


def say(name, value=0.71, percentile=0.9, attribution=0.08, **changes):
    given = {"shown_class": "Down", "class_names": CLASSES, **changes}
    return sentence(name, value, percentile, attribution, DAY, **given)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (say("rsi_14"), "RSI 71 is high: pushes towards Down by 0.08"),
        (
            say("return_5", -0.0321, 0.04, -0.1),
            "The return of 5 sessions (−3.2 %) is very low: pushes away from Down by 0.10",
        ),
        (
            say("relative_volume_20", 2.44, 0.97, -0.001, class_names=("Down", "Up")),
            (
                "The volume against its mean of 20 sessions (2.4 times) is very high: "
                "pushes towards Up by less than 0.01"
            ),
        ),
        (
            say("rank_volatility_60", 0.83, 0.83),
            "The rank of volatility 60 (83 % lie below) is high: pushes towards Down by 0.08",
        ),
        (
            say("zscore_volatility_20", -1.26, 0.5),
            (
                "The standard score of volatility 20 (−1.3 deviations) is in its usual range: "
                "pushes towards Down by 0.08"
            ),
        ),
        (say("weekday_cos", 0.1), "It is Friday: pushes towards Down by 0.08"),
        (say("year_sin", 0.1), "It is March: pushes towards Down by 0.08"),
        (
            say("days_since_session", 3 / 7, 0.9),
            "The time since the session before (3 days) is high: pushes towards Down by 0.08",
        ),
        (say("vix_level", np.nan, np.nan), "VIX is not known: pushes towards Down by 0.08"),
        (
            say("macd_histogram", -1e-9, 0.5, newest_share=0.3),
            (
                "The MACD histogram against the close (+0.0 %) is in its usual range: "
                "pushes towards Down by 0.08, mostly by its earlier values"
            ),
        ),
    ],
)
def test_examples(words, expected):
    assert words == expected


@pytest.mark.parametrize("name", NAMES)
def test_every_feature_makes_grammatical_sentences(name):
    nouns = {said(other)[0] for other in NAMES if not other.startswith(("weekday", "year"))}
    assert len(nouns) == sum(not other.startswith(("weekday", "year")) for other in NAMES)
    for value in (-2.5, -1e-8, 0.0, 0.004, 0.5, 1.0, 7.25, np.nan):
        for percentile in (0.0, 0.1, 0.5, 0.9, 1.0):
            known = percentile if np.isfinite(value) else np.nan
            for attribution in (-1.234, -1e-9, 0.004, 0.5):
                words = say(name, value, known, attribution, shown_class="Up")
                assert GRAMMAR.fullmatch(words), words
                assert not re.search(r"nan|inf |None|−0\.0+ |the the|  ", words), words


def test_the_five_strongest_come_strongest_first():
    names = NAMES[:7]
    attributions = np.array([0.1, -0.9, 0.0, 0.3, -0.2, 0.05, 0.4])
    by_day = np.zeros((10, 7))
    by_day[0] = attributions  # all of it ten sessions ago
    found = strongest(
        names, np.full(7, 0.01), np.full(7, 0.5), attributions, by_day, DAY,
        shown_class="Up", class_names=CLASSES,
    )  # fmt: skip
    assert [words.split(" by ")[1] for words in found] == [
        f"{size}, mostly" for size in ("0.90", "0.40", "0.30", "0.20", "0.10")
    ]
    assert found[0].startswith("The return of 5 sessions (+1.0 %) is in its usual range: pushes away from Up")
    without_days = strongest(
        names, np.full(7, 0.01), np.full(7, 0.5), attributions * np.eye(7)[1], by_day[:0], DAY,
        shown_class="Up", class_names=CLASSES,
    )  # fmt: skip
    assert len(without_days) == 1
    assert not without_days[0].endswith("values")
