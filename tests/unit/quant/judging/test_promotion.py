"""The promotion gate, criterion by criterion, on figures that can be checked by eye."""

import copy

import pytest

from models.domain.trials import AuditCheck
from services.quant.judging.promotion import Contest, promotion_gate

CLEAN = (AuditCheck("embargo", passed=True, detail=""), AuditCheck("stacking", passed=True, detail=""))


def figures(ic=0.030, low=0.004, brier=0.655, excess=0.02, median=-0.01):
    return {
        "metrics": {"ic": {"value": ic}, "brier": {"value": brier}},
        "ic_lower_bound": low,
        "book": {
            "excess_over_equal_weight": excess,
            "random_books_median_excess": median,
            "n_random_books": 1000,
        },
    }


BASELINES = {
    "class_prior": figures(ic=None, brier=0.660),
    "lightgbm": figures(ic=0.030),
    "majority": figures(ic=0.0),
}
CONTEST = Contest(BASELINES)


def failed(evaluation, audit=CLEAN, contest=CONTEST):
    gate = promotion_gate(evaluation, audit, contest)
    assert gate.passed == (not gate.reasons)
    return [one.name for one in gate.criteria if not one.passed]


def test_who_holds_everywhere_passes_an_equal_ic_and_brier_included():
    gate = promotion_gate(figures(brier=0.660), CLEAN, CONTEST)
    assert gate.passed
    assert [one.name for one in gate.criteria] == ["audit", "ic_above_zero", "ic_baselines", "brier", "book"]
    assert {one.name: (one.value, one.threshold) for one in gate.criteria} == {
        "audit": (0.0, 0.0),
        "ic_above_zero": (0.004, 0.0),
        "ic_baselines": (0.030, 0.030),
        "brier": (0.660, 0.660),
        "book": (0.02, -0.01),
    }


@pytest.mark.parametrize(
    ("change", "criterion"),
    [
        ({"low": 0.0}, "ic_above_zero"),
        ({"low": None}, "ic_above_zero"),
        ({"ic": 0.0299}, "ic_baselines"),
        ({"ic": None}, "ic_baselines"),
        ({"brier": 0.6601}, "brier"),
        ({"excess": -0.01}, "book"),
        ({"excess": None}, "book"),
    ],
)
def test_each_criterion_refuses_alone(change, criterion):
    assert failed(figures(**change)) == [criterion]


def test_a_leak_or_no_audit_refuses():
    leaky = (*CLEAN, AuditCheck("planted future", passed=False, detail="rsi"))
    assert failed(figures(), leaky) == ["audit"]
    assert "planted future" in promotion_gate(figures(), leaky, CONTEST).reasons[0]
    assert failed(figures(), ()) == ["audit"]


def test_what_was_never_judged_is_refused_whatever_else_holds():
    assert failed(None) == ["judged"]


def test_without_a_book_or_without_baselines_nothing_is_promoted():
    bookless = {name: value for name, value in figures().items() if name != "book"}
    assert failed(bookless) == ["book"]
    assert failed(figures(), contest=Contest({})) == ["ic_baselines", "brier"]


def test_a_challenger_has_to_reach_the_champion():
    contest = Contest(BASELINES, champion=figures(ic=0.035), champion_name="bilstm_attention")
    assert failed(figures(ic=0.0349), contest=contest) == ["ic_champion"]
    assert failed(figures(ic=0.035), contest=contest) == []
    assert "bilstm_attention" in promotion_gate(figures(), CLEAN, contest).reasons[0]


@pytest.mark.parametrize(("ic", "passes"), [(0.0301, True), (0.0299, False), (0.05, True), (None, False)])
def test_a_scheduled_refit_needs_the_audit_and_a_small_loss_alone(ic, passes):
    """The champion has 0.035: 0.005 below it is 0.030."""
    contest = Contest(BASELINES, champion=figures(ic=0.035), is_refit=True)
    worse_elsewhere = figures(ic=ic, low=-0.01, brier=0.7, excess=-0.2)
    assert failed(worse_elsewhere, contest=contest) == ([] if passes else ["refit_loss"])
    assert "audit" in failed(worse_elsewhere, (), contest)


def test_reasons_are_sentences_with_their_figures():
    reasons = promotion_gate(figures(ic=0.01, low=-0.012, brier=0.7, excess=-0.05), CLEAN, CONTEST).reasons
    assert list(reasons) == [
        "No edge found: the IC's one-sided 90 % lower bound is -0.0120, not above 0",
        "Its IC of 0.0100 is below that of the best baseline (lightgbm), 0.0300",
        "Its Brier score of 0.7000 is worse than the class prior's 0.6600",
        (
            "Its book's net return over the equal-weight universe, -5.0 % a year, is not above the median "
            "of 1,000 random books of the same turnover, -1.0 %"
        ),
    ]


def test_the_gate_changes_nothing_that_it_is_given():
    before = copy.deepcopy(BASELINES)
    promotion_gate(figures(), CLEAN, CONTEST)
    assert before == BASELINES
