"""Why a model gave a symbol its score: the stored explanation, and the evidence beside it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
from sqlalchemy import Engine

from models.domain.errors import UnknownSymbolError
from models.domain.explanation_views import FeatureLine, Missing, ModelWhy
from models.domain.explanations import DeletionTest, Explanation, SignalRequest, Stability
from models.domain.features import FeatureFamily
from models.domain.jobs import JobName, JobState
from models.domain.registry import ModelRecord
from services.ml.explanations.feature_words import value_words
from services.ports import Clock
from services.quant.features.registry import METADATA
from services.queries.activity import a_worker_lives
from services.queries.model_stamps import serving_model, stamp_of
from services.queries.shown_dataset import dataset_id_of, session_to_show, shown_dataset
from services.queries.signal_evidence import evidence_of
from services.storage.unit_of_work import SqlUnitOfWork

# A symbol whose last bar is older shows no explanation.
_NEWEST_WITHIN = timedelta(days=14)
_N_NEWEST_RUNS = 100  # a failure further back is forgotten, and asked for again
_OF_THE_SESSION = {FeatureFamily.REGIME, FeatureFamily.CALENDAR}  # they need no history of the symbol
# From this session of its own on, a symbol's features are whole.
_WARM_UP_SESSIONS = max(
    one.warm_up_sessions for one in METADATA.values() if one.family not in _OF_THE_SESSION
)


class ModelWhyQueries:
    """Reads for the ticker panel; each call sees one state of the database."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine.execution_options(isolation_level="REPEATABLE READ")
        self._clock = clock

    def why(self, symbol: str, as_of: date | None = None, model_id: int | None = None) -> ModelWhy:
        """Return why a symbol has its model's score.

        Parameters
        ----------
        symbol : str
        as_of : date, optional
            Explain the session of that day, or the last one before it; None: the newest.
        model_id : int, optional
            Explain with this model; None: with the one whose score was stored, else the one that serves.

        Raises
        ------
        UnknownSymbolError
            If the universe has no such symbol.
        NotYetComputedError, InvalidRequestError, DatabaseUnavailableError
            As the signal feed.
        """
        with shown_dataset(self._engine, self._clock) as (work, status):
            dataset_id = dataset_id_of(status)
            day = session_to_show(status, as_of)
            instrument_id = _instrument(work, dataset_id, symbol, status.dataset.label)
            newest = work.signals.signal_history(instrument_id, day - _NEWEST_WITHIN, day).tail(1)
            session = day if newest.empty else newest["session"].iloc[0]
            records = work.models.all(dataset_id)
            serving = serving_model(records)
            scored_by = _scored_by(newest, records)
            wanted = _wanted(records, model_id, scored_by, serving)
            found = None
            if wanted is not None:
                found = work.explanations.find(dataset_id, symbol, session, wanted.id)
            if found is None and wanted is not None and model_id is None:
                found, wanted = _older(work, dataset_id, symbol, session, records, wanted)
            frame = work.signals.indicator_history(instrument_id, session, session)
            n_sessions = 0 if frame.empty else int(frame["window_sessions"].iloc[0])
            why = ModelWhy(
                symbol,
                session,
                None if wanted is None else stamp_of(wanted),
                None if serving is None else stamp_of(serving),
                is_chosen=model_id is not None,
            )
            if found is None or wanted is None:
                why = replace(why, worker_lives=a_worker_lives(work, self._clock.now()))
                return _requested(work, _without(why, records, model_id, n_sessions))
            deletion = next(iter(work.explanations.summaries(dataset_id, wanted.id, DeletionTest)), None)
            stability = next(iter(work.explanations.summaries(dataset_id, wanted.id, Stability)), None)
        return replace(
            why,
            explanation=found,
            lines=feature_lines(found),
            families=families_of(found),
            evidence=evidence_of(wanted, found),
            deletion=deletion,
            stability=stability,
        )


def feature_lines(found: Explanation) -> tuple[FeatureLine, ...]:
    """Return every feature of an explanation, the strongest first."""
    order = np.argsort(-np.abs(found.attributions), kind="stable")
    return tuple(_line(found, int(place)) for place in order)


def _line(found: Explanation, place: int) -> FeatureLine:
    name = found.feature_names[place]
    about = METADATA[name]
    return FeatureLine(
        name=name,
        title=about.title,
        family=about.family,
        formula=about.formula,
        words=value_words(name, float(found.values[place]), found.session),
        percentile=_known(found.percentiles[place]),
        attribution=float(found.attributions[place]),
        standard_error=float(found.standard_errors[place]),
    )


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def families_of(found: Explanation) -> tuple[tuple[FeatureFamily, float], ...]:
    """Return the families of an explanation, the strongest first."""
    values = [(FeatureFamily(name), value) for name, value in found.family_attributions.items()]
    return tuple(sorted(values, key=lambda each: -abs(each[1])))


def _instrument(work: SqlUnitOfWork, dataset_id: int, symbol: str, label: str) -> int:
    members = work.datasets.instruments(dataset_id)
    member = members[members["in_universe"] & (members["symbol"] == symbol)]
    if member.empty:
        raise UnknownSymbolError(f"No symbol {symbol[:32]!r} in {label}")
    return int(member["id"].iloc[0])


def _scored_by(newest: pd.DataFrame, records: Sequence[ModelRecord]) -> ModelRecord | None:
    """Return the model whose score the stored signal holds."""
    if newest.empty or pd.isna(newest["model_id"].iloc[0]):
        return None
    number = int(newest["model_id"].iloc[0])
    return next((one for one in records if one.id == number), None)


def _wanted(
    records: Sequence[ModelRecord],
    model_id: int | None,
    scored_by: ModelRecord | None,
    serving: ModelRecord | None,
) -> ModelRecord | None:
    if model_id is not None:
        return next((one for one in records if one.id == model_id), None)
    return scored_by or serving


def _older(
    work: SqlUnitOfWork,
    dataset_id: int,
    symbol: str,
    session: date,
    records: Sequence[ModelRecord],
    wanted: ModelRecord,
) -> tuple[Explanation | None, ModelRecord]:
    """Return what a model before the wanted one said, where it was asked; otherwise nothing."""
    for record in records:
        found = None if record is wanted else work.explanations.find(dataset_id, symbol, session, record.id)
        if found is not None:
            return found, record
    return None, wanted


def _requested(work: SqlUnitOfWork, why: ModelWhy) -> ModelWhy:
    """Say whether the worker has been asked already, and what became of it."""
    if why.missing is not Missing.NOT_ASKED or why.model is None:
        return why
    wanted = SignalRequest(why.symbol, why.session, why.model.id).parameters()
    runs = [*work.jobs.active(), *work.jobs.newest(_N_NEWEST_RUNS)]
    run = next((one for one in runs if one.job is JobName.EXPLAIN_SYMBOL and one.parameters == wanted), None)
    if run is None or run.state in {JobState.SUCCEEDED, JobState.CANCELLED, JobState.SKIPPED}:
        return why
    if run.state is JobState.FAILED:
        return replace(why, missing=Missing.FAILED, said=run.message)
    return replace(why, missing=Missing.WAITING)


def _without(
    why: ModelWhy, records: Sequence[ModelRecord], model_id: int | None, n_sessions: int
) -> ModelWhy:
    """Say why there is no explanation."""
    missing, said = Missing.NOT_ASKED, ""
    if not records:
        missing = Missing.NO_MODEL
    elif why.model is None:
        missing = Missing.UNKNOWN_MODEL if model_id is not None else Missing.NONE_SERVES
    else:
        needed = _WARM_UP_SESSIONS + why.model.window_sessions - 1
        if n_sessions < needed:
            missing, said = Missing.SHORT_HISTORY, f"{n_sessions:,} of the {needed:,} sessions"
    return replace(why, missing=missing, said=said)
