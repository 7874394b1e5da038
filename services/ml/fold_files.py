"""Forecasts of finished folds as Arrow files, so that a killed training goes on after them."""

import os
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import ipc

from services.ml.walk_forward import FoldStore, Forecasts

_BROKEN = (pa.ArrowInvalid, pa.ArrowTypeError, OSError, KeyError, ValueError)


def fold_store(folder: Path) -> FoldStore:
    """Return a store in one folder, which belongs to one configuration on one state of the data."""

    def load(fold: int) -> Forecasts | None:
        path = _path(folder, fold)
        if not path.exists():
            return None
        try:
            with ipc.open_file(path) as reader:
                table = reader.read_all()
            columns = [table[f"p{number}"].to_numpy() for number in range(table.num_columns - 3)]
            return Forecasts(
                table["place"].to_numpy(),
                table["session"].to_numpy().astype("datetime64[D]"),
                table["symbol"].to_numpy(),
                np.full(table.num_rows, fold, dtype=np.int16),
                np.column_stack(columns),
            )
        except _BROKEN:
            return None  # a file cut short: the fold is trained again and written over it

    def save(fold: int, forecasts: Forecasts) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        table = pa.table(
            {
                "place": forecasts.places,
                "session": forecasts.sessions.astype("datetime64[s]"),
                "symbol": forecasts.symbols,
                **{f"p{number}": column for number, column in enumerate(forecasts.probabilities.T)},
            }
        )
        handle, name = tempfile.mkstemp(dir=folder)
        os.close(handle)
        with ipc.new_file(name, table.schema) as writer:
            writer.write_table(table)
        Path(name).replace(_path(folder, fold))

    return FoldStore(load, save)


def _path(folder: Path, fold: int) -> Path:
    return folder / f"fold-{fold:03d}.arrow"
