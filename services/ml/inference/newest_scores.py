"""What a model says of the newest sessions, from stored bars."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from models.domain.market import DatasetStatus
from models.domain.registry import ModelRecord
from services.ml.inference.newest_samples import newest_samples
from services.ml.samples import Samples
from services.ml.serving.model_files import ServedModel
from services.ports import UnitOfWork
from services.quant.confluence import model_score

# A worker that was down for so long still scores what it missed; older sessions stay without a model's score.
CATCH_UP_SESSIONS = 5


@dataclass(frozen=True, eq=False)
class NewestScores:
    """Scores to store, by the columns of ``model_scores`` but for ``computed_at``.

    ``session``: the newest of the data. ``why_none``: why there is no score to store, where that is so.
    """

    frame: pd.DataFrame
    session: date
    why_none: str = ""


def score_newest(
    work: UnitOfWork, status: DatasetStatus, record: ModelRecord, model: ServedModel
) -> NewestScores:
    """Score what has no model's score yet: the newest session, and those after the last that has one.

    Only sessions after the last that a label of the model's training looked at; of those, members whose
    features are whole over the window.

    Raises
    ------
    NotYetComputedError
        If no prices are stored.
    """
    assert status.dataset.id is not None and status.last_session is not None  # noqa: S101, PT018 - has bars
    session: date = status.last_session
    after = record.trained.labels_through
    if session <= after:
        seen = f"it has seen what came of {session}: its labels reach to {after}"
        return NewestScores(pd.DataFrame(), session, seen)
    newest = newest_samples(work, model, CATCH_UP_SESSIONS)
    samples, owner = newest.samples, newest.instrument_ids
    stored = work.models.scores(status.dataset.id, from_session=newest.sessions[0].item())
    first = newest.sessions[-1] if stored.empty else stored["session"].min()
    wanted = (samples.sessions >= np.datetime64(first, "D")) & (samples.sessions > np.datetime64(after, "D"))
    wanted &= ~_are_among(stored, owner, samples.sessions)
    if not wanted.any():
        why = "no symbol's features are whole over its window" if stored.empty else "all has its score"
        return NewestScores(pd.DataFrame(), session, why)
    return NewestScores(_frame(samples.take(wanted), owner[wanted], record, model), session)


def _are_among(stored: pd.DataFrame, instrument_ids: np.ndarray, sessions: np.ndarray) -> np.ndarray:
    known = pd.MultiIndex.from_arrays([stored["instrument_id"], stored["session"].astype("datetime64[s]")])
    asked = pd.MultiIndex.from_arrays([instrument_ids, sessions.astype("datetime64[s]")])
    return np.asarray(asked.isin(known))


def _frame(
    samples: Samples, instrument_ids: np.ndarray, record: ModelRecord, model: ServedModel
) -> pd.DataFrame:
    probabilities = model.trained.predict(samples)
    down = probabilities[:, 0] if samples.n_classes > 2 else None
    return pd.DataFrame(
        {
            "instrument_id": instrument_ids,
            "session": samples.sessions.astype("datetime64[s]"),
            "model_id": record.id,
            "probabilities": probabilities.tolist(),
            "score": model_score(probabilities[:, -1], down),
            "is_proven": record.is_proven,
        }
    )
