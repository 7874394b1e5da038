from dataclasses import replace

import pytest

from components.model_record import evidence_body
from models.domain.explanation_views import Shortage
from models.domain.registry import ModelStatus
from tests.explanation_records import EVIDENCE, stamp


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (-0.02, 0.04, "no edge"),
        (0.01, 0.05, "better"),
        (-0.09, -0.01, "worse"),
        (None, None, "1,702 sessions are too few for an interval"),
    ],
)
def test_evidence_stands_beside_its_base_rate(low, high, words):
    card = str(evidence_body(replace(EVIDENCE, excess_low=low, excess_high=high), stamp()))
    assert words in card
    assert "right, of past signals that said Up as surely as this (40 to 45 %) · n = 4,210" in card
    assert "base rate: how often Up comes" in card
    assert "from 29 May 2003 to 14 Feb 2013" in card
    assert "Too few" not in card


def test_too_few_signals_of_a_class_are_called_so():
    card = str(evidence_body(replace(EVIDENCE, shown="", shortage=Shortage("Up", 12, 4)), stamp()))
    assert "Too few past signals said Up as surely as this: 12 on 4 sessions" in card
    assert "of past signals of any class" in card


def test_a_model_that_is_not_proven_or_not_judged_is_called_so():
    assert "is unproven" in str(evidence_body(EVIDENCE, stamp(status=ModelStatus.CANDIDATE)))
    assert "has not been judged" in str(evidence_body(None, stamp()))
    assert "It learnt from sessions to 14 Feb 2013" in str(evidence_body(None, stamp()))
    assert "nothing to judge" in str(evidence_body(None, None))
