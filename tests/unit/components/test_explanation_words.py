from components.explanation_words import stability_words
from tests.explanation_records import STABILITY


def test_stability_is_told_of_the_symbol_and_of_the_universe():
    words = stability_words(STABILITY, "AAPL")
    assert "0.70 for AAPL" in words
    assert "0.62 in the median of 5 symbols" in words
    assert "only one training" in stability_words(None)
