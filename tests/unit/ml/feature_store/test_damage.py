"""Whatever lies in the store's folder: right values, or none from there."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import ipc

from models.domain.errors import OperatorError
from services.ml.feature_store.key import store_key
from services.ml.feature_store.month_file import UNFINISHED, MonthOfFeatures, read_month, write_month
from services.ml.feature_store.store import features_for, open_features
from services.quant.features.registry import NAMES
from tests.unit.ml.feature_store.conftest import assert_equal, directly, no_progress

KEY = "0" * 32


def _files(folder):
    return sorted(folder.rglob("*.arrow"))


def _truncate(path, other):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _empty(path, other):
    path.write_bytes(b"")


def _flip_a_value(path, other):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def _remove(path, other):
    path.unlink()


def _another_month(path, other):
    path.write_bytes(other.read_bytes())


def _foreign(path, other):
    table = pa.table({"session": [1, 2], "features": [1.0, 2.0]})
    with ipc.new_file(path, table.schema) as writer:
        writer.write_table(table)


def _another_key(path, other):
    month = read_month(path, path.parent.name)
    assert month is not None
    write_month(path, KEY, month)


DAMAGES = [_truncate, _empty, _flip_a_value, _remove, _another_month, _foreign, _another_key]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_month_is_computed_again_alone_and_repaired(whole, tmp_path, features, computed, damage):
    features(whole)
    computed.take()
    files = _files(tmp_path)
    damage(files[28], files[12])
    assert_equal(features(whole), whole)
    ((first, last),) = computed.take()
    month = files[28].stem
    assert (str(first)[:7], str(last)[:7]) == (month, month)
    assert_equal(features(whole), whole)
    assert computed.take() == []


def test_months_damaged_here_and_there(whole, tmp_path, features, computed):
    features(whole)
    computed.take()
    files = _files(tmp_path)
    for at in (0, 1, 20, 31, 32):
        _truncate(files[at], None)
    assert_equal(features(whole), whole)
    assert [str(first)[:7] for first, _ in computed.take()] == [files[at].stem for at in (0, 20, 31)]


def _one_month():
    generator = np.random.default_rng(0)
    values = generator.normal(size=(60, len(NAMES))).astype(np.float32)
    values[::7, 3] = np.nan
    day = np.tile(np.arange("2020-01-01", "2020-01-16", dtype="datetime64[D]"), 4)
    return MonthOfFeatures(day, tuple(bytes([number]) * 16 for number in range(15)), values)


@pytest.fixture(scope="module")
def month_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("month") / "2020-01.arrow"
    write_month(path, KEY, _one_month())
    return path, path.read_bytes()


def test_a_month_comes_back_as_it_was_written(month_file):
    given_month, found = _one_month(), read_month(month_file[0], KEY)
    np.testing.assert_array_equal(found.values, given_month.values)
    np.testing.assert_array_equal(found.session, given_month.session)
    assert found.digests == given_month.digests
    assert not found.values.flags.writeable
    with ipc.open_file(month_file[0]) as reader:  # what other Arrow readers see
        assert reader.schema.metadata[b"names"].decode().split("\n") == list(NAMES)


@settings(max_examples=150, deadline=None)
@given(place=st.integers(0, 1 << 30), bit=st.integers(0, 7), cut=st.booleans())
def test_one_bit_or_the_end_lost_anywhere(month_file, place, bit, cut):
    path, content = month_file
    place %= len(content)
    damaged = bytearray(content[:place] if cut else content)
    if not cut:
        damaged[place] ^= 1 << bit
    other = path.with_name("damaged.arrow")
    other.write_bytes(damaged)
    found, whole = read_month(other, KEY), _one_month()
    if found is not None:  # it fell on padding, or on what is written there for other readers
        assert not cut
        np.testing.assert_array_equal(found.values, whole.values)
        np.testing.assert_array_equal(found.session, whole.session)
        assert found.digests == whole.digests


def test_what_is_mapped_outlives_its_files(whole, tmp_path):
    expected = directly(whole)
    found = open_features(whole, tmp_path, no_progress)
    for path in _files(tmp_path):
        path.unlink()
    np.testing.assert_array_equal(found.of_rows(slice(0, whole.panel.n_rows)), expected)


def test_some_rows_are_those_of_the_whole(whole, tmp_path):
    found, expected = open_features(whole, tmp_path, no_progress), directly(whole)
    for rows in (
        slice(0, 0),
        slice(5, 6),
        slice(690, 1500),
        slice(whole.panel.n_rows - 3, whole.panel.n_rows),
    ):
        np.testing.assert_array_equal(found.of_rows(rows), expected[rows])


def test_a_place_that_cannot_be_written_is_named(whole, tmp_path):
    (tmp_path / "features").write_text("in the way")
    with pytest.raises(OperatorError, match=r"features cannot be written .* DATA_DIR"):
        features_for(whole, tmp_path, no_progress)


def _script(body):
    """Return a program over the same history; ``read`` gives its features from the store named first."""
    lines = """
        import sys, os, signal
        from pathlib import Path
        import numpy as np
        from services.ml.feature_store import month_file, store
        from tests.unit.ml.feature_store.conftest import N_SESSIONS, make_inputs, no_progress, until
        from tests.unit.ml.feature_store.test_incremental import _restated_bar
        from tests.unit.quant.features.conftest import rough_market

        folder = Path(sys.argv[1])
        whole = make_inputs(*rough_market(3, N_SESSIONS))

        def read(inputs):
            return store.features_for(inputs, folder, no_progress).values
    """
    return textwrap.dedent(lines) + textwrap.dedent(body)


def _start(body, folder, *arguments):
    root = Path(__file__).resolve().parents[4]
    command = [sys.executable, "-c", _script(body), str(folder), *arguments]
    return subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_killed_in_the_middle_of_writing(whole, tmp_path, features, computed):
    """The tenth file is half written when the process gets SIGKILL."""
    body = """
        genuine, written = month_file.ipc.new_file, []

        def half(name, schema):
            written.append(name)
            if len(written) == 10:
                Path(name).write_bytes(b"ARROW1" + bytes(1000))
                os.kill(os.getpid(), signal.SIGKILL)
            return genuine(name, schema)

        month_file.ipc.new_file = half
        read(whole)
    """
    process = _start(body, tmp_path)
    process.communicate(timeout=120)
    assert process.returncode == -signal.SIGKILL
    folder = tmp_path / "features" / store_key(whole.dataset)
    assert len(list(folder.glob("*.arrow"))) == 9
    (unfinished,) = folder.glob(f"*{UNFINISHED}")
    assert_equal(features(whole), whole)
    ((first, _),) = computed.take()
    assert str(first)[:7] == sorted(folder.glob("*.arrow"))[9].stem
    assert unfinished.exists()  # somebody might be writing it
    os.utime(unfinished, (0, 0))
    sorted(folder.glob("*.arrow"))[3].unlink()
    features(whole)
    assert not unfinished.exists()


@pytest.mark.slow
def test_two_processes_that_know_different_things_never_get_each_other_s_values(whole, tmp_path, features):
    """One believes in a restated bar, the other in the first one; both write the same months, in turn."""
    body = """
        mine = _restated_bar(whole) if sys.argv[2] == "restated" else whole
        expected = store.compute_features(mine.panel, mine.filled, mine.context).values
        for n_sessions in (620, 640, 660, 680, N_SESSIONS) * 2:
            part = until(mine, n_sessions)
            found = read(part)
            days = np.unique(part.panel.session)
            known = expected[mine.panel.session <= days[-1]]
            np.testing.assert_allclose(found, known, rtol=1e-6, atol=1e-6)
        print("equal", len(known))
    """
    processes = [_start(body, tmp_path, belief) for belief in ("restated", "first")]
    said = [process.communicate(timeout=240)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert said == [f"equal {whole.panel.n_rows}\n"] * 2
    assert_equal(features(whole), whole)
    assert not list(tmp_path.rglob(f"*{UNFINISHED}"))
