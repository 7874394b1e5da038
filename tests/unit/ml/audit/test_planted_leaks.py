"""One copy of each known leak, planted in an honest training: the audit names it, and blames little else."""

from dataclasses import replace

import pytest

from services.ml.audit.run import audit
from tests.unit.ml.audit import factories, planting

TRUNCATION, FUTURE, RESTATED = "truncation invariance", "planted future", "later restatement"
WINDOWS, DATES, ORDER, PURGE = "causal windows", "disjoint dates", "chronological order", "purged labels"
EMBARGO, COMPLETE, ONCE, TRACED = "embargo", "complete test", "rows used once", "traceable rows"
TWINS, SCALER, SELECTION, TUNING = (
    "duplicate windows",
    "scaler provenance",
    "selection provenance",
    "tuning provenance",
)
STACKING, EXECUTION, SHIFTED = "stacking", "same-bar execution", "circularly shifted labels"
ALL = {
    TRUNCATION, FUTURE, RESTATED, WINDOWS, DATES, ORDER, PURGE, EMBARGO, COMPLETE, ONCE, TRACED, TWINS,
    SCALER, SELECTION, TUNING, STACKING, EXECUTION, SHIFTED,
}  # fmt: skip

# Leak, the check that names it, a word of the name, and what else it breaks of necessity.
LEAKS = (
    # Random dates are out of order, and no gap of any length lies between them.
    (
        planting.overlapping_labels_across_a_random_split,
        PURGE,
        "overlapping labels",
        {ORDER, EMBARGO, SHIFTED},
    ),
    # A row of the test's own time lies after some of the test, and its label looks at the rest.
    (planting.same_date_in_train_and_test, DATES, "same date in both", {ORDER, PURGE, EMBARGO}),
    (planting.scaler_fitted_on_everything, SCALER, "the scaler was fitted on everything", set()),
    # What looks ahead changes with any other future, with fewer bars as with other ones.
    (planting.full_period_normalisation, TRUNCATION, "scaled by the full period", {FUTURE}),
    (planting.window_normalised_with_the_horizon_inside, WINDOWS, "later sessions have gone into", set()),
    (planting.centred_indicator, TRUNCATION, "centred average", {FUTURE}),
    (planting.backfilled_gaps, TRUNCATION, "backfilled gaps", {FUTURE}),
    (planting.label_conditioned_test_rows, COMPLETE, "none is Neutral", set()),
    # Without a purge there is no embargo either.
    (planting.missing_purge, PURGE, "the purge is missing", {EMBARGO}),
    (planting.oversampling_before_the_split, ONCE, "oversampling before the split", set()),
    (planting.synthetic_rows, TRACED, "synthetic", set()),
    (planting.duplicate_windows, TWINS, "duplicate windows", set()),
    (planting.feature_selection_on_everything, SELECTION, "selected on everything", set()),
    (planting.threshold_tuned_on_test, TUNING, "tuned on the test", set()),
    (planting.stacking_on_in_sample_predictions, STACKING, "in-sample predictions", set()),
    (planting.same_bar_execution, EXECUTION, "same-bar execution", set()),
    # Events that came later are part of the future, too.
    (planting.later_restatement, RESTATED, "with a split and a dividend after", {TRUNCATION, FUTURE}),
)


@pytest.fixture(scope="module")
def honest():
    return factories.train(*factories.small_market(), factories.features_with())


def test_an_honest_training_passes_every_check(honest):
    checks = audit(honest.evidence)
    assert {check.name for check in checks} == ALL
    assert [check for check in checks if not check.passed] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("plant", "named_by", "words", "besides"), LEAKS, ids=[leak[0].__name__ for leak in LEAKS]
)
def test_a_planted_leak_is_named_and_little_else_is_blamed(honest, plant, named_by, words, besides):
    found = {check.name: check for check in audit(plant(honest))}
    assert words in found[named_by].detail
    assert {name for name, check in found.items() if not check.passed} == {named_by} | besides


def test_without_a_book_nothing_is_said_of_execution(honest):
    checks = audit(replace(honest.evidence, fills=None))
    assert EXECUTION not in {check.name for check in checks}


def test_an_audit_says_the_same_again(honest):
    assert audit(honest.evidence, seed=7) == audit(honest.evidence, seed=7)
