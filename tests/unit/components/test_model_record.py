from dataclasses import replace

import pytest

from components.model_record import evidence_body
from models.domain.registry import ModelStatus
from tests.explanation_records import EVIDENCE, stamp


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [(0.37, 0.43, "no edge"), (0.40, 0.45, "better"), (0.30, 0.38, "worse")],
)
def test_evidence_stands_beside_its_base_rate(low, high, words):
    card = str(evidence_body(replace(EVIDENCE, low=low, high=high), stamp()))
    assert words in card
    assert "right, of forecasts as sure as this (40 to 45 %) · n = 4,210" in card
    assert "from 29 May 2003 to 14 Feb 2013" in card
    assert "after Wilson for 842 cases" in card


def test_a_model_that_is_not_proven_or_not_judged_is_called_so():
    assert "is unproven" in str(evidence_body(EVIDENCE, stamp(status=ModelStatus.CANDIDATE)))
    assert "has not been judged" in str(evidence_body(None, stamp()))
    assert "nothing to judge" in str(evidence_body(None, None))
