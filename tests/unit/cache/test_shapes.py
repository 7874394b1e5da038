"""Whatever a page shows comes back from JSON as it was."""

import json
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from enum import StrEnum

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.domain.feed import SignalFeed, TickerDetail
from services.storage.cache.shapes import shape_of
from tests.fakes_feed import newest
from tests.feed_panels import NOW, SAMPLE, sample_details, status_of


class Side(StrEnum):
    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True)
class Leaf:
    name: str
    side: Side | None


@dataclass(frozen=True)
class Tree:
    number: int
    share: float | None
    flag: bool
    day: date
    moment: datetime | None
    leaf: Leaf
    leaves: tuple[Leaf, ...]
    parts: tuple[tuple[str, float], ...]
    history: tuple[float, ...]


TREES = st.builds(
    Tree,
    number=st.integers(),
    share=st.none() | st.floats(allow_nan=False),
    flag=st.booleans(),
    day=st.dates(),
    moment=st.none() | st.datetimes(timezones=st.just(UTC)),
    leaf=st.builds(Leaf, name=st.text(), side=st.none() | st.sampled_from(Side)),
    leaves=st.lists(st.builds(Leaf, name=st.text(), side=st.sampled_from(Side)), max_size=4).map(tuple),
    parts=st.lists(st.tuples(st.text(), st.floats(allow_nan=False)), max_size=4).map(tuple),
    history=st.lists(st.floats(allow_nan=False), max_size=9).map(tuple),
)


@given(TREES)
def test_any_value_comes_back_equal_and_of_the_same_types(tree):
    shape = shape_of(Tree)
    text = shape.dumps(tree)
    json.loads(text)
    back = shape.loads(text)
    assert back == tree
    assert isinstance(back.leaf, Leaf)
    assert back.leaf.side is None or isinstance(back.leaf.side, Side)
    assert type(back.share) is type(tree.share)


def test_a_feed_comes_back():
    rows = tuple(detail.row for detail in sample_details().values())
    feed = SignalFeed(status_of(SAMPLE, 5), date(2013, 3, 1), NOW, rows, is_newest=True)
    assert shape_of(SignalFeed).loads(shape_of(SignalFeed).dumps(feed)) == feed


def test_a_panel_comes_back_with_its_arrays():
    detail = newest(sample_details()["FB"], 250)  # too young for its averages: NaN
    back = shape_of(TickerDetail).loads(shape_of(TickerDetail).dumps(detail))
    for each in fields(TickerDetail):
        kept, given_in = getattr(back, each.name), getattr(detail, each.name)
        if isinstance(given_in, np.ndarray):
            assert kept.dtype == given_in.dtype
            assert kept.flags.writeable
            np.testing.assert_array_equal(kept, given_in)
        else:
            assert kept == given_in
    assert np.isnan(back.sma_200).all()


@pytest.mark.parametrize("kind", ["float64", "int64", "bool", "datetime64[D]", "datetime64[us]", "float32"])
@pytest.mark.parametrize("size", [0, 1, 7])
def test_arrays_of_each_type(kind, size):
    array = np.arange(size).astype(kind)
    back = shape_of(np.ndarray).loads(shape_of(np.ndarray).dumps(array[::-1]))
    assert back.dtype == array.dtype
    np.testing.assert_array_equal(back, array[::-1])


def test_objects_in_arrays_are_refused_both_ways():
    with pytest.raises(TypeError, match="object"):
        shape_of(np.ndarray).dumps(np.array([{}, None], dtype=object))
    with pytest.raises(ValueError, match="object"):
        shape_of(np.ndarray).loads(b'["|O",[1],"AAAAAAAAAAA="]')


@pytest.mark.parametrize("kind", [dict, list[int], int | str, int | str | None, object, set])
def test_types_without_a_form_are_refused_when_the_shape_is_made(kind):
    with pytest.raises(TypeError, match="no JSON form"):
        shape_of(kind)


@pytest.mark.parametrize("text", [b"", b"{", b"null", b"[]", b"[1]", b'{"a":1}', b"[" * 100_000, b"\xff\xfe"])
def test_other_text_is_an_error_and_not_a_value(text):
    with pytest.raises((ValueError, TypeError, RecursionError)):
        shape_of(Tree).loads(text)


def test_the_fingerprint_tells_declarations_apart():
    @dataclass(frozen=True)
    class Row:
        a: int
        b: float

    first = shape_of(Row).fingerprint

    @dataclass(frozen=True)
    class Row:
        a: int
        b: float | None

    assert shape_of(Row).fingerprint != first
    assert shape_of(Leaf).fingerprint == shape_of(Leaf).fingerprint
    assert shape_of(TickerDetail).fingerprint != shape_of(SignalFeed).fingerprint
