"""The windows that end at the newest sessions, as a served model takes them."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from services.ml.feature_store.newest import bars_leading_to
from services.ml.inputs import MarketInputs
from services.ml.labelled_panel import eligible_places, feature_warm_up
from services.ml.samples import UNLABELLED, Samples
from services.ml.serving.model_files import ServedModel
from services.ports import UnitOfWork
from services.quant.features.compute import compute_features
from services.quant.gaps import MAX_FILLED_SESSIONS


@dataclass(frozen=True, eq=False)
class NewestSamples:
    """Samples without labels, the instrument of each, and the sessions that were looked at, ascending.

    ``inputs``: all bars that were read for them.
    """

    samples: Samples
    inputs: MarketInputs
    instrument_ids: np.ndarray  # int64, shape (n_samples,)
    sessions: np.ndarray  # datetime64[D]


def newest_samples(
    work: UnitOfWork, model: ServedModel, n_sessions: int = 1, last: date | None = None
) -> NewestSamples:
    """Read the bars that the newest sessions' windows need, and no more, and compute their features.

    Parameters
    ----------
    work : UnitOfWork
        An open one.
    model : ServedModel
        Whose window and classes the samples are to have.
    n_sessions : int
        How many sessions windows shall end at.
    last : date, optional
        The newest of them, as it was known at its close; by default the newest of the data as known now.

    Raises
    ------
    NotYetComputedError
        If no prices are stored.
    """
    window = model.window_sessions
    inputs = bars_leading_to(work, window + n_sessions - 1 + MAX_FILLED_SESSIONS, last)
    panel, filled, is_member = inputs.panel, inputs.filled, inputs.context.is_member
    features = compute_features(panel, filled, inputs.context)
    rows, places = eligible_places(panel, filled, is_member, window, feature_warm_up(features.names))
    sessions = np.unique(panel.session)[-n_sessions:]
    is_newest = panel.session[rows] >= sessions[0]
    rows, places = rows[is_newest], places[is_newest]
    unknown = np.full(rows.size, np.datetime64("NaT"), dtype="datetime64[D]")
    samples = Samples(
        features=features.values,
        feature_names=features.names,
        class_names=model.class_names,
        window_sessions=window,
        source=filled.source,
        places=places,
        labels=np.full(rows.size, UNLABELLED, dtype=np.int8),
        sessions=panel.session[rows],
        label_ends=unknown,
        symbols=panel.code[rows].astype(np.int32),
        last_return=np.full(rows.size, np.nan),
    )
    return NewestSamples(samples, inputs, panel.instrument_ids[panel.code[rows]], sessions)
