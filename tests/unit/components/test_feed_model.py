"""What the feed says of the model behind its scores."""

from dataclasses import replace

import pytest

from components.feed_model import model_line
from components.score import missing_sources
from models.domain.feed import FeedRow
from tests.feed_panels import sample_details


@pytest.fixture
def row() -> FeedRow:
    return sample_details()["AAPL"].row


def words(component) -> str:
    """All text of a component, in order."""
    if component is None or isinstance(component, str):
        return component or ""
    if isinstance(component, list | tuple):
        return "".join(map(words, component))
    return words(getattr(component, "children", None))


def with_model(row, *, counts, note=""):
    made_of = (("technical", 4 / 7), ("model", 3 / 7)) if counts else (("technical", 1.0),)
    return replace(row, model=0.53, model_source="fast (model 3)", model_note=note, made_of=made_of)


def test_without_a_model_the_scores_are_technical_alone(row):
    assert words(model_line([row])) == "Scores are technical alone: no model has scored this session."
    assert model_line([replace(row, confluence=None)]) == []


def test_an_unproven_model_is_named_with_its_reason(row):
    shown = with_model(row, counts=False, note="No edge found: the bound is -0.01")
    assert words(model_line([row, shown])) == (
        "unproven The model fast (model 3) is shown beside the score and has no weight in it: No edge found: "
        "the bound is -0.01. Its evidence"
    )
    said = "the model fast (model 3) says 0.530 and is unproven (no edge found: the bound is -0.01)"
    assert said in missing_sources(shown)


def test_a_proven_one_counts_and_a_forced_one_is_called_so(row):
    assert words(model_line([with_model(row, counts=True)])) == (
        "proven The model fast (model 3) counts in the score. Its evidence"
    )
    forced = with_model(row, counts=True, note="promoted by force, although the gate refused it")
    assert words(model_line([forced])).startswith("promoted by force The model fast (model 3) counts")
