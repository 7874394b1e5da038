from dataclasses import replace

import pytest

from components.model_cards import verdict_sentence
from components.model_details import audit_list, confusion_table, gate_list, horizon_table, parts_table
from components.model_evidence import beaten, evidence_table
from components.model_tables import history
from components.words import with_commands
from models.domain.model_views import Estimate
from models.domain.registry import ModelStatus
from tests.fakes_models import (
    AUDIT,
    BASELINES,
    CHALLENGER,
    CHAMPION,
    GATE,
    model_detail,
    models_report,
    only_baselines,
    registered,
)


def said(component):
    """Return a component as text, its narrow spaces plain."""
    return str(component).replace("\\u202f", " ")


def row_of(table, name):
    """Return the row of a model as text."""
    rows = table.children[1].children
    return next(said(row) for row in rows if name in str(row.children[0]))


def best_of(table):
    return {name: row_of(table, name).count("best of the column") for name in ("Fast", "LightGBM", "Class")}


def test_every_figure_stands_over_its_interval():
    fast = row_of(evidence_table((CHAMPION, *BASELINES), "model:1"), "Fast")
    for words in ("'0.040'", "0.020 to 0.060", "38.0 to 42.0", "9,440", "2,536 sessions", "is-shown"):
        assert words in fast
    assert "beats 84 % of random" in fast


def test_the_best_is_marked_by_a_sign_and_low_is_best_where_it_should_be():
    table = evidence_table((CHAMPION, *BASELINES), None)
    # IC and Brier; accuracy, calibration and book are the same for all, so nobody is best.
    assert best_of(table) == {"Fast": 2, "LightGBM": 0, "Class": 0}


def test_what_was_judged_on_other_sessions_is_marked_and_never_best():
    better = replace(BASELINES[1], figures=(("ic", Estimate(0.5)),), is_comparable=False)
    table = evidence_table((CHAMPION, BASELINES[0], better), None)
    assert "cannot be compared" in row_of(table, "LightGBM")
    assert best_of(table)["LightGBM"] == 0


def test_a_missing_figure_is_a_dash():
    bare = replace(CHAMPION, figures=(("ic", Estimate(None)),), book=None)
    text = row_of(evidence_table((bare, *BASELINES), None), "Fast")
    assert "'–'" in text
    assert "no book" in text


def test_no_edge_is_said_first():
    assert verdict_sentence(only_baselines()) == (
        "No edge found: the best of the 2 judged, LightGBM, has an IC of 0.005 (−0.015 to 0.025) on 2,536 "
        "sessions out of sample. No model serves: the feed is technical only."
    )


def test_a_champion_is_named_with_what_costs_leave():
    assert verdict_sentence(models_report()) == (
        "Champion Fast has an IC of 0.040 (0.020 to 0.060) on 2,536 sessions out of sample; after costs its "
        "book stays 1.2\u202f% a year under equal weights. It serves, and counts in the confluence."
    )


def test_a_champion_without_edge_or_promoted_by_force_is_never_flattered():
    weak = replace(CHAMPION, ic_lower_bound=-0.001)
    forced = registered(1, "fast", ModelStatus.CHAMPION, is_forced=True)
    sentence = verdict_sentence(models_report(evidence=(weak, *BASELINES), models=(forced,)))
    assert sentence.startswith("No edge found: champion Fast, promoted by force against the gate, has an IC")


def test_a_champion_whose_interval_includes_zero_says_so():
    unsure = replace(CHAMPION, figures=(("ic", Estimate(0.04, -0.01, 0.09)),))
    sentence = verdict_sentence(models_report(evidence=(unsure, *BASELINES)))
    assert "The IC is above 0 with 90 % confidence, not with 95 %." in sentence
    assert "90 %" not in verdict_sentence(models_report())


def test_nearly_all_random_books_are_not_all():
    assert [beaten(share) for share in (0.994, 0.9996, 1.0)] == ["99\u202f%", "99\u202f%", "100\u202f%"]


def test_an_unproven_model_is_called_so():
    refused = registered(2, "bilstm_attention", ModelStatus.REFUSED)
    weak = replace(CHALLENGER, ic_lower_bound=-0.02)
    sentence = verdict_sentence(models_report(evidence=(weak, *BASELINES), models=(refused,), serving=2))
    assert sentence.endswith(
        "BiLSTM with attention (model 2) serves unproven: shown, with weight 0 in the confluence."
    )
    assert sentence.startswith("No edge found")


def test_a_champion_whose_files_are_damaged_says_who_serves():
    models = (registered(1, "fast", ModelStatus.CHAMPION, fault="model.onnx is missing"),)
    assert verdict_sentence(models_report(models=models, serving=None)).endswith(
        "No model serves: the feed is technical only."
    )


def test_confusion_by_hand():
    text = said(confusion_table(model_detail()))
    assert "10 %" in text  # 10 of 100 Downs were forecast as Down
    assert "90 %" in text  # 90 of 100 Neutrals
    assert "'300'" in text
    assert "another release" in str(confusion_table(replace(model_detail(), n_classes=0, confusion=())))


def test_parts_show_the_gain_over_the_commonest_class():
    text = said(parts_table(model_detail().by_year, "Year", with_ic=True))
    assert "−0.026" in text
    assert "'−2.0'" in text  # 40 % against 42 %
    assert "'+3.0'" in text
    assert "the data name none" in str(parts_table((), "Sector", with_ic=False))


def test_the_own_horizon_is_named_and_noise_is_said():
    text = said(horizon_table(model_detail()))
    assert "5 sessions, the label's" in text
    assert "'1 session'" in text
    assert "0.025: less is noise" in text


def test_failed_checks_stand_first_with_a_cross():
    text = said(audit_list(AUDIT, "Its own training"))
    assert text.index("planted future") < text.index("disjoint dates")
    assert "1 failed" in text
    assert text.count("✕") == 1
    assert "python -m app audit" in str(audit_list(None, ""))


@pytest.mark.parametrize(("is_registered", "words"), [(True, "has not been asked"), (False, "made none")])
def test_without_a_gate_decision_it_says_why(is_registered, words):
    assert words in str(gate_list((), is_registered=is_registered))
    assert "No edge found: the lower bound" in str(gate_list(GATE, is_registered=True))


def test_history_names_who_when_and_why():
    text = said(history(models_report().decisions))
    for words in ("refused", "anna", "20 Nov 2026, 22:00 UTC", "the lower bound is -0.0125"):
        assert words in text
    assert "Nothing has been decided yet" in str(history(()))


def test_commands_are_set_as_code():
    parts = with_commands("Run `python -m app train` now")
    assert [type(part).__name__ for part in parts] == ["str", "Code", "str"]
    assert with_commands("plain") == ["plain"]
