from dataclasses import replace

import pytest

from components import scale, score
from components.cards import evidence_card, indicator_table, no_evidence, ticker_head
from components.formats import THIN
from models.domain.signals import Label
from tests.feed_panels import sample_details


def _plain(text):
    return str(text).replace(THIN, " ").replace("\\u202f", " ")


@pytest.mark.parametrize("symbol", ["AAPL", "GOOG", "IBM", "MSFT"])
def test_contributions_add_up_to_the_technical_score(symbol):
    detail = sample_details()[symbol]
    parts = score.score_parts(detail)
    assert sum(part.contribution for part in parts) == pytest.approx(detail.row.technical)
    assert sum(part.push for part in parts) == pytest.approx(detail.row.technical - 0.5)
    assert sum(part.weight for part in parts) == pytest.approx(1.0)


def test_parts_name_the_values_behind_them():
    evidence = {part.name: part.evidence for part in score.score_parts(sample_details()["AAPL"])}
    assert evidence["rsi_score"] == "= 33.3"
    assert evidence["macd_score"] == "−12.09 below signal −11.58"
    assert evidence["ma_score"] == "0 of 3 hold"
    assert evidence["bb_score"] == "inside the bands"


def test_missing_sources_are_said_in_words():
    row = sample_details()["AAPL"].row
    both = "No sentiment source yet, no model yet: their 60 % went to technical."
    assert _plain(score.missing_sources(row)) == both
    two = replace(row, made_of=(("technical", 4 / 7), ("model", 3 / 7)))
    one = "No sentiment source yet: its 30 % went to technical and model."
    assert _plain(score.missing_sources(two)) == one
    unproven = replace(row, model=0.7, made_of=(("technical", 1.0),))
    said = "No sentiment source yet, the model says 0.700 and is unproven: their 60 % went to technical."
    assert _plain(score.missing_sources(unproven)) == said
    all_there = replace(row, made_of=(("technical", 0.4), ("sentiment", 0.3), ("model", 0.3)))
    assert score.missing_sources(all_there) == ""


def test_both_labels_are_told_with_their_thresholds():
    sentences = _plain(" ".join(score.label_sentences(sample_details()["MSFT"].row)))
    assert "Headline: Sell, as the score 0.395 lies between 0.35 and 0.45." in sentences
    assert "Made of technical 100 %." in sentences
    assert "Technical label: Sell (between 0.30 and 0.40), by its own, wider thresholds." in sentences
    assert "By quantile" in sentences
    buy = replace(sample_details()["MSFT"].row, quantile_label=Label.STRONG_BUY)
    sentences = " ".join(score.label_sentences(buy))
    assert "By quantile: Strong buy, as the score stands among the highest 5 %" in sentences
    without = replace(buy, quantile_label=None)
    assert "By quantile" not in " ".join(score.label_sentences(without))


def test_macd_that_rounds_to_its_signal_is_not_said_to_equal_it():
    detail = sample_details()["AAPL"]
    indicators = tuple(
        replace(each, value=-7.9999 if each.metadata.name == "macd" else -8.0001)
        if each.metadata.name in {"macd", "macd_signal"}
        else each
        for each in detail.indicators
    )
    evidence = {
        part.name: part.evidence for part in score.score_parts(replace(detail, indicators=indicators))
    }
    assert evidence["macd_score"] == "−8.00, just above signal"


def test_without_a_score_the_reason_stands_there():
    card = _plain(score.why_card(sample_details()["FB"]))
    assert "No score yet: 196 of 200 sessions" in card


def test_evidence_is_a_number_with_n_and_base_rate_or_a_sentence():
    row = sample_details()["MSFT"].row
    assert "fewer than 500 matured signals" in no_evidence(row)
    assert "no direction to be right about" in no_evidence(replace(row, label=Label.HOLD))
    assert "Without a score" in no_evidence(sample_details()["FB"].row)
    card = _plain(evidence_card(replace(row, confidence=0.54, confidence_base_rate=0.52, confidence_n=1204)))
    assert "54.0 %" in card
    assert "52.0 %" in card
    assert "n = 1,204" in card
    assert "+2.0 points" in card
    assert "chance of a fall" in card
    assert "No edge" not in card


def test_a_label_below_its_base_rate_is_called_no_edge():
    row = sample_details()["MSFT"].row
    card = str(evidence_card(replace(row, confidence=0.463, confidence_base_rate=0.47, confidence_n=800)))
    assert "No edge" in card


def test_indicators_without_a_value_say_from_when():
    table = str(indicator_table(sample_details()["FB"].indicators))
    assert "from session" in table
    assert "No indicators" in str(indicator_table(()))


def test_the_head_names_symbol_price_change_and_session():
    head = _plain(ticker_head(sample_details()["AAPL"]))
    assert head.count("badge-label") == 2  # by thresholds and by quantiles: the page shows one
    for part in ("AAPL", "430.47", "−2.48 %", "1 Mar 2013 close", "Hold", "0.489"):
        assert part in head


def test_words_on_the_scale_do_not_overlap_and_no_line_crosses_them():
    places = [0.1, 0.15, 0.2, 0.5, 0.55, 0.9]
    lanes = scale.stagger(places, 0.17)
    assert lanes == [0, 1, 2, 0, 1, 0]
    for i, place in enumerate(places):
        reaching = [lanes[j] for j in range(i) if places[j] + 0.17 > place]
        assert all(lane < lanes[i] for lane in reaching)


def test_the_scale_is_for_small_universes():
    rows = tuple(each.row for each in sample_details().values())
    assert "0.395" in str(scale.score_scale(rows))
    assert scale.score_scale(rows * 3) == []
    assert scale.score_scale((sample_details()["FB"].row,)) == []
