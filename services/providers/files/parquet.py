"""Parquet files into columns."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from models.domain.errors import InvalidMarketDataError
from services.providers.files.columns import check_roles, match_columns
from services.providers.files.sources import SourceFile
from services.providers.files.table import FileTable, as_one_array


def read_parquet(source: SourceFile) -> FileTable:
    """Read the columns that we know of a Parquet file.

    Raises
    ------
    InvalidMarketDataError
        If it is none, is cut short, has no rows or no known columns.
    """
    if source.path.stat().st_size == 0:
        raise InvalidMarketDataError(f"{source.shown}: is empty; get it again, or leave it out of DATA_PATH")
    try:
        with pq.ParquetFile(source.path, memory_map=True) as file:
            names = file.schema_arrow.names
            positions = match_columns(names, source.shown)
            roles = check_roles(positions, names, source.shown)
            table = file.read([names[at] for at in positions.values()])
    except PermissionError as error:
        raise InvalidMarketDataError(
            f"{source.shown}: may not be read by this user; change its permissions (chmod +r)"
        ) from error
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise InvalidMarketDataError(
            f"{source.shown}: is no whole Parquet file, perhaps cut short ({reason}); get it again"
        ) from error
    if table.num_rows == 0:
        raise InvalidMarketDataError(
            f"{source.shown}: has columns and no rows; get it again, or leave it out of DATA_PATH"
        )
    fields = {name: as_one_array(table[names[at]]) for name, at in positions.items()}
    return FileTable(source, roles, fields, table.num_rows, _rows, "row")


def _rows(rows: np.ndarray) -> np.ndarray:
    return rows + 1
