"""The bytes of a binary COPY without a server: what a whole stream is, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from services.storage.binary_copy import decode, encode, to_dates

KINDS = {"number": "int4", "value": "float8"}


def stream(frame, kinds=KINDS):
    return b"".join(encode(frame, kinds))


@pytest.fixture
def payload():
    return stream(pd.DataFrame({"number": [1, 2, 3], "value": [0.5, -1.5, 2.5]}))


def test_a_stream_worked_out_by_hand():
    found = stream(pd.DataFrame({"number": [258], "name": ["é"], "gone": [np.nan]}), {
        "number": "int4", "name": "text", "gone": "float8",
    })  # fmt: skip
    assert found == (
        b"PGCOPY\n\xff\r\n\x00" + bytes(8)
        + b"\x00\x03"
        + b"\x00\x00\x00\x04\x00\x00\x01\x02"
        + b"\x00\x00\x00\x02\xc3\xa9"
        + b"\xff\xff\xff\xff"
        + b"\xff\xff"
    )  # fmt: skip


def test_no_rows_are_a_stream_all_the_same():
    empty = stream(pd.DataFrame({"number": pd.Series(dtype="int64"), "value": pd.Series(dtype="float64")}))
    assert empty == b"PGCOPY\n\xff\r\n\x00" + bytes(8) + b"\xff\xff"
    assert decode(empty, KINDS).size == 0


def test_what_was_encoded_is_decoded(payload):
    rows = decode(payload, KINDS)
    assert rows["number"].tolist() == [1, 2, 3]
    assert rows["value"].tolist() == [0.5, -1.5, 2.5]


def test_days_before_and_after_the_epoch():
    days = to_dates(np.array([-1, 0, 366]))
    assert days.astype(str).tolist() == ["1999-12-31", "2000-01-01", "2001-01-01"]


def test_every_cut_is_noticed(payload):
    for length in range(len(payload)):
        with pytest.raises(ValueError):
            decode(payload[:length], KINDS)


def test_another_format_is_refused(payload):
    with pytest.raises(ValueError):
        decode(b"1\t0.5\n" + payload[6:], KINDS)


def test_a_null_is_refused_by_its_column():
    rows = stream(pd.DataFrame({"number": [1, 2, 3], "value": [0.5, np.nan, 2.5]}))
    with pytest.raises(ValueError):
        decode(rows, KINDS)
    # Five rows of 12 bytes have the size of three of 20.
    kinds = {"a": "float8", "b": "int2"}
    rows = stream(pd.DataFrame({"a": [np.nan] * 5, "b": [1] * 5}), kinds)
    with pytest.raises(ValueError, match="column a"):
        decode(rows, kinds)


def test_another_width_is_refused():
    """int8 where int4 was promised: the sizes can fit by chance, the lengths then do not."""
    rows = stream(pd.DataFrame({"a": [1, 2], "b": [3, 4]}), {"a": "int8", "b": "int4"})
    with pytest.raises(ValueError):
        decode(rows, {"a": "int4", "b": "int8"})
