"""The store stays within its limit: who was used longest ago goes first, whoever is in use stays."""

import os

import numpy as np
import pytest

from services.ml.feature_store import bound, key, store
from services.ml.feature_store.bound import drop_oldest, mark_used
from services.ml.feature_store.month_file import UNFINISHED
from services.ml.feature_store.store import open_features
from tests.unit.ml.feature_store.conftest import assert_equal, directly, make_inputs, no_progress, until


def _key(root, name, n_bytes, seconds_ago):
    folder = root / name
    folder.mkdir()
    for number in range(2):
        (folder / f"2020-0{number + 1}.arrow").write_bytes(bytes(n_bytes // 2))
    moment = root.stat().st_mtime - seconds_ago
    os.utime(folder, (moment, moment))
    return folder


def _left(root):
    return {path.name for path in root.iterdir()}


@pytest.mark.parametrize(
    ("limit", "left"),
    [
        (5000, {"own", "new", "middle", "old"}),
        (4000, {"own", "new", "middle", "old"}),
        (3999, {"own", "new", "middle"}),
        (2001, {"own", "new"}),
        (1, {"own"}),
    ],
)
def test_those_used_longest_ago_go_first(tmp_path, monkeypatch, limit, left):
    monkeypatch.setattr(bound, "MAX_BYTES", limit)
    for name, ago in (("middle", 20_000), ("old", 30_000), ("new", 10_000)):
        _key(tmp_path, name, 1000, ago)
    drop_oldest(tmp_path, _key(tmp_path, "own", 1000, 0))
    assert _left(tmp_path) == left


def test_a_key_in_use_stays_and_one_taken_up_again_is_no_longer_old(tmp_path, monkeypatch):
    monkeypatch.setattr(bound, "MAX_BYTES", 2000)
    for name, ago in (("in use", 60), ("again", 30_000), ("idle", 20_000)):
        _key(tmp_path, name, 1000, ago)
    mark_used(tmp_path / "again")
    drop_oldest(tmp_path, _key(tmp_path, "own", 1000, 0))
    assert _left(tmp_path) == {"own", "again", "in use"}


def test_what_a_killed_process_left_behind_goes(tmp_path):
    own = _key(tmp_path, "own", 1000, 0)
    other = _key(tmp_path, "other", 1000, 100)
    for folder in (own, other):
        for name, ago in (("old", 1000), ("fresh", 10)):
            path = folder / f"{name}{UNFINISHED}"
            path.write_bytes(b"half")
            moment = own.stat().st_mtime - ago
            os.utime(path, (moment, moment))
    mark_used(own)
    drop_oldest(tmp_path, own)
    assert sorted(path.stem for path in tmp_path.rglob(f"*{UNFINISHED}")) == ["fresh", "fresh"]


def test_other_code_makes_another_key_and_in_time_the_old_one_goes(whole, tmp_path, monkeypatch, computed):
    part = until(whole, 420)
    open_features(part, tmp_path, no_progress)
    (before,) = (tmp_path / "features").iterdir()
    os.utime(before, (0, 0))
    monkeypatch.setattr(key, "code_version", lambda *modules: "other code")
    monkeypatch.setattr(bound, "MAX_BYTES", 2_000_000)
    computed.take()
    found = open_features(part, tmp_path, no_progress)
    assert len(computed.take()) == 1  # nothing of the other code's is used
    (after,) = (tmp_path / "features").iterdir()
    assert after != before
    assert_equal(found.of_rows(slice(0, part.panel.n_rows)), part)


def test_other_data_make_another_key(whole, tmp_path):
    part = until(whole, 5)
    other = make_inputs(part.panel, part.context, fingerprint="g")
    for inputs in (part, other, part):
        open_features(inputs, tmp_path, no_progress)
    assert len(list((tmp_path / "features").iterdir())) == 2


def test_a_key_dropped_in_mid_read_gives_the_same_values(whole, tmp_path, monkeypatch):
    part = until(whole, 430)
    found = open_features(part, tmp_path, no_progress)
    (folder,) = (tmp_path / "features").iterdir()
    os.utime(folder, (0, 0))
    monkeypatch.setattr(bound, "MAX_BYTES", 1)
    drop_oldest(tmp_path / "features", _key(tmp_path / "features", "own", 1000, 0))
    assert not folder.exists()
    np.testing.assert_array_equal(found.of_rows(slice(0, part.panel.n_rows)), directly(part))


def test_a_panel_that_alone_would_overflow_the_store_is_not_kept(whole, tmp_path, monkeypatch):
    monkeypatch.setattr(store, "MAX_BYTES", 1000)
    part = until(whole, 30)
    found = open_features(part, tmp_path, no_progress)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    np.testing.assert_array_equal(found.of_rows(slice(0, part.panel.n_rows)), directly(part))
