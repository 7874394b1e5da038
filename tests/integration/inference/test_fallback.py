"""A model whose files are missing, damaged or swapped: the one before it serves, and everybody is told."""

import shutil

import pytest

from models.domain.registry import ModelAction


def two_champions(desk):
    """The first was promoted and replaced by the second."""
    first = desk.register(0, ModelAction.PROMOTE)
    desk.decide(first, ModelAction.RETIRE)
    return first, desk.register(1, ModelAction.PROMOTE)


def damage(folder):
    path = folder / "classifier.model.txt"
    path.write_bytes(path.read_bytes()[:-20])


def remove(folder):
    shutil.rmtree(folder)


@pytest.mark.parametrize(
    ("harm", "said"),
    [(damage, "classifier.model.txt is not the one that was written"), (remove, "manifest.json is missing")],
)
def test_the_one_before_serves_and_both_say_so(desk, own_files, prepared, harm, said):
    first, second = two_champions(desk)
    harm(own_files / prepared.registered[1].content_hash)
    result = desk.infer()
    assert result.detail["model_id"] == first
    assert f"model {second} (lightgbm): {said}; model {first} (lightgbm) serves" in result.message
    assert desk.newest()["model_id"].tolist() == [first] * 4
    assert desk.model(second).fault == said
    assert desk.model(first).fault == ""


def test_a_swapped_model_does_not_serve_under_another_s_name(desk, own_files, prepared):
    first, second = two_champions(desk)
    ours, theirs = (own_files / one.content_hash for one in prepared.registered)
    shutil.rmtree(theirs)
    shutil.copytree(ours, theirs)
    assert desk.infer().detail["model_id"] == first
    assert desk.model(second).fault == "manifest.json is not the one that was written"


def test_a_mended_model_serves_again_and_the_fault_is_gone(desk, own_files, prepared):
    _, second = two_champions(desk)
    folder = own_files / prepared.registered[1].content_hash
    damage(folder)
    desk.infer()
    shutil.rmtree(folder)
    shutil.copytree(prepared.data_dir / "models" / folder.name, folder)
    with desk.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM model_scores")
    assert desk.infer().detail["model_id"] == second
    assert desk.model(second).fault == ""


def test_without_any_sound_model_the_feed_is_technical_and_nothing_is_lost(desk, own_files):
    desk.register(0, ModelAction.REFUSE)
    shutil.rmtree(own_files)
    result = desk.infer()
    assert result.rows_written == 0
    assert result.message.endswith("manifest.json is missing; the feed is technical-only; no model can serve")
    assert result.follow_up == ()
    assert desk.newest()["model"].isna().all()
    assert all(row.label is not None for row in desk.queries.feed().rows if row.symbol != "FB")


def test_a_model_of_other_features_waits_for_a_new_training(desk):
    model_id = desk.register(0, ModelAction.PROMOTE, feature_hash="0" * 64)
    desk.infer()
    assert desk.model(model_id).fault == "it learnt from other features than are computed now: train again"
