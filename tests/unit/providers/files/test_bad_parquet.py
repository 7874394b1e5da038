"""Parquet files that cannot be used."""

import pytest

from models.domain.errors import InvalidMarketDataError
from tests.unit.providers.files.writing import fetch, make_bars


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_parquet_file_cut_short(tmp_path, share):
    make_bars().to_parquet(tmp_path / "whole.parquet")
    raw = (tmp_path / "whole.parquet").read_bytes()
    (tmp_path / "cut.parquet").write_bytes(raw[: int(len(raw) * share)])
    with pytest.raises(
        InvalidMarketDataError,
        match=r"cut\.parquet: is no whole Parquet file, perhaps cut short.*get it again",
    ):
        fetch(tmp_path / "cut.parquet")


def test_parquet_that_is_empty_or_something_else(tmp_path):
    (tmp_path / "a.parquet").touch()
    with pytest.raises(InvalidMarketDataError, match=r"a\.parquet: is empty"):
        fetch(tmp_path / "a.parquet")
    make_bars().iloc[:0].to_parquet(tmp_path / "b.parquet")
    with pytest.raises(InvalidMarketDataError, match=r"b\.parquet: has columns and no rows"):
        fetch(tmp_path / "b.parquet")
    make_bars().drop(columns="close").to_parquet(tmp_path / "c.parquet")
    with pytest.raises(InvalidMarketDataError, match=r"c\.parquet: has no column close"):
        fetch(tmp_path / "c.parquet")
    (tmp_path / "d.parquet").write_text("date,close\n2020-01-02,10\n")
    with pytest.raises(InvalidMarketDataError, match=r"d\.parquet: is no whole Parquet file"):
        fetch(tmp_path / "d.parquet")
    make_bars().assign(close="ten").to_parquet(tmp_path / "e.parquet")
    with pytest.raises(InvalidMarketDataError, match=r"e\.parquet, row 1: close holds text"):
        fetch(tmp_path / "e.parquet")
