"""A model's files: whole or not at all, and never read when they are not what was written."""

import os

import pytest

from models.domain.errors import DamagedArtifactError, OperatorError
from services.ml.serving import artifact_store
from services.ml.serving.artifact_store import ArtifactStore

FILES = {"model.txt": b"trees", "preprocessing.json": b"{}"}
ABOUT = {"name": "lightgbm", "seed": 0}


@pytest.fixture
def store(tmp_path):
    return ArtifactStore(tmp_path)


@pytest.fixture
def written(store):
    return store.write(FILES, ABOUT)


def folder_of(tmp_path, content_hash):
    return tmp_path / "models" / content_hash


def test_what_was_written_is_read(store, written, tmp_path):
    found = store.read(written)
    assert (found.content_hash, found.about, found.files) == (written, ABOUT, FILES)
    assert sorted(os.listdir(tmp_path / "models")) == [written]


def test_the_hash_tells_contents_apart_and_nothing_else(store, written):
    assert store.write(dict(reversed(FILES.items())), ABOUT) == written
    assert store.write({**FILES, "model.txt": b"Trees"}, ABOUT) != written
    assert store.write(FILES, {**ABOUT, "seed": 1}) != written


@pytest.mark.parametrize("name", ["model.txt", "preprocessing.json", "manifest.json"])
def test_what_is_missing_is_named(store, written, tmp_path, name):
    (folder_of(tmp_path, written) / name).unlink()
    with pytest.raises(DamagedArtifactError, match=f"{name} is missing"):
        store.read(written)


@pytest.mark.parametrize("name", ["model.txt", "manifest.json"])
def test_what_is_damaged_is_named(store, written, tmp_path, name):
    path = folder_of(tmp_path, written) / name
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(DamagedArtifactError, match=f"{name} is not the one that was written"):
        store.read(written)


def test_a_whole_other_model_in_its_place_is_no_such_model(store, written, tmp_path):
    other = store.write({**FILES, "model.txt": b"other"}, ABOUT)
    for name in os.listdir(folder_of(tmp_path, other)):
        (folder_of(tmp_path, written) / name).write_bytes((folder_of(tmp_path, other) / name).read_bytes())
    with pytest.raises(DamagedArtifactError, match=r"manifest\.json is not the one"):
        store.read(written)


def test_writing_again_mends_what_is_damaged(store, written, tmp_path):
    (folder_of(tmp_path, written) / "model.txt").unlink()
    assert store.write(FILES, ABOUT) == written
    assert store.read(written).files == FILES


def test_a_kill_in_the_middle_leaves_no_model_and_is_swept_up_later(store, tmp_path, monkeypatch):
    def killed(self, target):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(artifact_store.Path, "rename", killed)
        patched.setattr(
            artifact_store.shutil, "rmtree", lambda *_, **__: None
        )  # a killed process tidies nothing
        with pytest.raises(KeyboardInterrupt):
            store.write(FILES, ABOUT)
    (left,) = (tmp_path / "models").iterdir()
    store.drop([])
    assert left.exists()  # somebody may be writing it
    os.utime(left, (0, 0))
    store.drop([])
    assert not left.exists()


def test_dropping_takes_what_is_named_alone(store, written):
    other = store.write(FILES, {**ABOUT, "seed": 1})
    assert store.drop([other, "0" * 64]) == 1
    assert store.read(written).files == FILES
    with pytest.raises(DamagedArtifactError):
        store.read(other)


def test_a_folder_that_cannot_be_made_is_the_operator_s_matter(tmp_path):
    (tmp_path / "models").write_text("a file in the way")
    with pytest.raises(OperatorError, match="train again; its finished folds are kept"):
        ArtifactStore(tmp_path).write(FILES, ABOUT)
