"""What models said of a panel's bars, laid beside its rows."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.domain.market import PricePanel

NO_MODEL = 0


@dataclass(frozen=True, eq=False)
class ModelScores:
    """Arrays of shape (n_rows,).

    ``score``: float64 in [0, 1], NaN where no model scored. ``is_proven``: whether it counts in the
    confluence. ``model_id``: int64, ``NO_MODEL`` where there is none.
    """

    score: np.ndarray
    is_proven: np.ndarray
    model_id: np.ndarray

    @classmethod
    def none(cls, n_rows: int) -> "ModelScores":
        """Return what stands where no model has ever scored."""
        return cls(
            np.full(n_rows, np.nan), np.zeros(n_rows, dtype=bool), np.full(n_rows, NO_MODEL, dtype=np.int64)
        )

    @classmethod
    def beside(cls, panel: PricePanel, stored: pd.DataFrame) -> "ModelScores":
        """Lay stored scores beside the rows of a panel; those of other bars fall away.

        Parameters
        ----------
        panel : PricePanel
        stored : DataFrame
            instrument_id, session, model_id, score, is_proven; each instrument and session once.
        """
        found = cls.none(panel.n_rows)
        row = rows_of(panel, stored["instrument_id"].to_numpy("int64"), stored["session"].to_numpy())
        known = row >= 0
        found.score[row[known]] = stored["score"].to_numpy("float64")[known]
        found.is_proven[row[known]] = stored["is_proven"].to_numpy(bool)[known]
        found.model_id[row[known]] = stored["model_id"].to_numpy("int64")[known]
        return found


def rows_of(panel: PricePanel, instrument_id: np.ndarray, session: np.ndarray) -> np.ndarray:
    """Return the panel's row of each instrument and session, -1 where it has none; int64."""
    order = np.argsort(panel.instrument_ids)
    known_ids = panel.instrument_ids[order]
    place = np.minimum(np.searchsorted(known_ids, instrument_id), max(0, known_ids.size - 1))
    if panel.n_rows == 0:
        return np.full(instrument_id.size, -1, dtype=np.int64)
    is_listed = known_ids[place] == instrument_id
    code = order[place]
    day = session.astype("datetime64[D]").astype(np.int64)
    span = 1 << 24  # more days than any calendar has
    keys = panel.code * span + panel.session.astype(np.int64)
    row = np.minimum(np.searchsorted(keys, code * span + day), panel.n_rows - 1)
    return np.where(is_listed & (keys[row] == code * span + day), row, -1)
