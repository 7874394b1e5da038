"""Frames through a real table and back, by the same stream that bars take."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.storage.bulk import copy_in, copy_out

KINDS = {
    "place": "int8",
    "small": "int2",
    "whole": "int4",
    "big": "int8",
    "value": "float8",
    "day": "date",
    "moment": "timestamptz",
    "flag": "bool",
    "name": "text",
}
TYPES = {"float8": "double precision"}
COLUMNS = ", ".join(f"{name} {TYPES.get(kind, kind)}" for name, kind in KINDS.items())


def whole(n_bits):
    return st.none() | st.integers(-(2 ** (n_bits - 1)), 2 ** (n_bits - 1) - 1)


# PostgreSQL's texts hold anything but NUL, and UTF-8 no half of a surrogate pair.
TEXTS = st.none() | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "small": whole(16),
            "whole": whole(32),
            "big": whole(64),
            "value": st.none() | st.floats(allow_nan=True),
            "day": st.none() | st.dates(date(1, 1, 1), date(9999, 12, 31)),
            "moment": st.none() | st.datetimes(),
            "flag": st.none() | st.booleans(),
            "name": TEXTS,
        }
    ),
    max_size=30,
)


@pytest.fixture
def connection(engine):
    with engine.connect() as opened, opened.begin():
        opened.execute(text(f"CREATE TEMP TABLE copied ({COLUMNS})"))
        yield opened


def frame_of(rows):
    def column(name):
        return [row[name] for row in rows]

    return pd.DataFrame(
        {
            "place": np.arange(len(rows)),
            **{name: pd.array(column(name), dtype="Int64") for name in ("small", "whole", "big")},
            "value": pd.Series(column("value"), dtype="float64"),
            "day": np.array(column("day"), dtype="datetime64[s]"),
            "moment": np.array(column("moment"), dtype="datetime64[us]"),
            "flag": pd.array(column("flag"), dtype="boolean"),
            "name": pd.Series(column("name"), dtype="str"),
        }
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS)
def test_every_kind_comes_back_as_it_went(connection, rows):
    connection.execute(text("TRUNCATE copied"))
    copy_in(connection, "copied", frame_of(rows), KINDS)
    # The driver cannot read every moment that PostgreSQL can hold, so it tells them as microseconds.
    found = connection.execute(
        text(
            "SELECT small, whole, big, value, day, (extract(epoch FROM moment) * 1000000)::bigint AS moment, "
            "flag, name FROM copied ORDER BY place"
        )
    ).mappings()
    expected = [
        {
            **row,
            "value": None if row["value"] is None or np.isnan(row["value"]) else row["value"],
            "moment": None if row["moment"] is None else int(np.datetime64(row["moment"], "us").astype(int)),
        }
        for row in rows
    ]
    assert [dict(row) for row in found] == expected


def test_more_rows_than_a_block(connection):
    n_rows = 200_003
    frame = frame_of([]).reindex(range(n_rows))
    frame["place"] = np.arange(n_rows)
    frame["value"] = np.where(np.arange(n_rows) % 3 == 0, np.nan, np.arange(n_rows) / 7.0)
    frame["name"] = np.where(np.arange(n_rows) % 2 == 0, "grün", "")
    copy_in(connection, "copied", frame, KINDS)
    counts = connection.execute(
        text(
            "SELECT count(*), count(value), count(small), sum(place), count(*) FILTER (WHERE name = 'grün'), "
            "count(*) FILTER (WHERE value = place / 7.0::float8) FROM copied"
        )
    ).one()
    n_values = n_rows - len(range(0, n_rows, 3))
    assert tuple(counts) == (n_rows, n_values, 0, n_rows * (n_rows - 1) // 2, 100_002, n_values)
    query = "SELECT place, coalesce(value, 'NaN') FROM copied ORDER BY place"
    rows = copy_out(connection, query, {"place": "int8", "value": "float8"})
    np.testing.assert_array_equal(rows["place"], frame["place"])
    np.testing.assert_array_equal(rows["value"], frame["value"])


def test_no_rows_in_and_out(connection):
    copy_in(connection, "copied", frame_of([]), KINDS)
    assert copy_out(connection, "SELECT place FROM copied", {"place": "int8"}).size == 0


def test_a_null_that_comes_out_is_refused(connection):
    copy_in(connection, "copied", frame_of([dict.fromkeys(KINDS)]), KINDS)
    with pytest.raises(ValueError):
        copy_out(connection, "SELECT value FROM copied", {"value": "float8"})


def test_a_text_that_the_database_cannot_hold_is_an_error_and_no_row(engine):
    with engine.connect() as connection, connection.begin():
        connection.execute(text(f"CREATE TEMP TABLE copied ({COLUMNS})"))
        with pytest.raises(DBAPIError):
            copy_in(connection, "copied", frame_of([{**dict.fromkeys(KINDS), "name": "a\x00b"}]), KINDS)


def test_what_fails_while_encoding_is_told_as_it_is(connection):
    with pytest.raises(UnicodeEncodeError):
        copy_in(connection, "copied", frame_of([{**dict.fromkeys(KINDS), "name": "\ud800"}]), KINDS)
