"""Forecasts of finished folds as Arrow files, so that a killed training goes on after them."""

import json
import os
import tempfile
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import ipc

from models.domain.networks import EpochResult
from services.ml.walk_forward import FoldStore, Forecasts

_BROKEN = (pa.ArrowInvalid, pa.ArrowTypeError, OSError, KeyError, TypeError, ValueError)
_CURVE = b"learning_curve"


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
                _curves(fold, table.schema.metadata or {}),
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
        curve = [asdict(epoch) for epoch in forecasts.curves.get(fold, ())]
        table = table.replace_schema_metadata({_CURVE: json.dumps(curve)})
        handle, name = tempfile.mkstemp(dir=folder)
        os.close(handle)
        with ipc.new_file(name, table.schema) as writer:
            writer.write_table(table)
        Path(name).replace(_path(folder, fold))
        checkpoint(fold).unlink(missing_ok=True)

    def checkpoint(fold: int) -> Path:
        return folder / f"fold-{fold:03d}.safetensors"

    return FoldStore(load, save, checkpoint)


def _curves(fold: int, metadata: dict[bytes, bytes]) -> dict[int, tuple[EpochResult, ...]]:
    curve = tuple(EpochResult(**entry) for entry in json.loads(metadata.get(_CURVE, b"[]")))
    return {fold: curve} if curve else {}


def _path(folder: Path, fold: int) -> Path:
    return folder / f"fold-{fold:03d}.arrow"
