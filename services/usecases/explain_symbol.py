"""Explain one signal that somebody asks for: any symbol, session and model."""

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from models.domain.errors import (
    InsufficientHistoryError,
    InvalidRequestError,
    NotYetComputedError,
    UnknownSymbolError,
)
from models.domain.explanations import Explanation, SignalRequest
from models.domain.jobs import JobResult
from services.ml.explanations.explained import Asked, explain
from services.ml.explanations.signals import (
    LOOKED_AT_SESSIONS,
    Models,
    OpenedModel,
    newest_of_each_symbol,
)
from services.ml.inference.newest_samples import newest_samples
from services.ml.inputs import active_dataset
from services.ml.serving.artifact_store import ArtifactStore
from services.ports import Clock, Progress, UnitOfWorkFactory


def explain_symbol(
    open_work: UnitOfWorkFactory, data_dir: Path, clock: Clock, progress: Progress, request: SignalRequest
) -> JobResult:
    """Compute and store one explanation; its figures come back in the result's detail.

    Raises
    ------
    NotYetComputedError
        If no prices are stored, or no model can serve.
    UnknownSymbolError
        If there is no such symbol.
    InvalidRequestError
        If there is no such model, or its method is another one.
    DamagedArtifactError
        If the files of the model that was named do not hold.
    InsufficientHistoryError
        If no whole window of the symbol ends there.
    """
    progress(0, 2, f"reading what the model saw of {request.symbol}")
    with open_work() as work:
        dataset_id, last, _ = active_dataset(work)
        instruments = work.datasets.instruments(dataset_id)
        ids = dict(zip(instruments["symbol"].tolist(), instruments["id"].tolist(), strict=True))
        if request.symbol not in ids:
            raise UnknownSymbolError(f"{request.symbol} is not among the {len(ids)} symbols of these data")
        models = Models(work.models.all(dataset_id), ArtifactStore(data_dir))
        day = request.session if request.session is not None and request.session < last else None
        number = request.model_id
        if number is None:
            scores = work.models.scores(dataset_id, to_session=request.session)
            of_symbol = scores.loc[scores["instrument_id"] == ids[request.symbol]]
            number = int(of_symbol["model_id"].iloc[-1]) if len(of_symbol) else None
        opened = _open(models, request, number)
        asked = newest_of_each_symbol(newest_samples(work, opened.served, LOOKED_AT_SESSIONS, day))
    wanted = _only(asked, request, last if day is None else day)
    progress(1, 2, f"explaining {request.symbol} with {opened.record.name}")
    (found,) = explain(opened.explained, wanted, request.method)
    with open_work() as work:
        n_written = work.explanations.save(ids, [found], clock.now())
        work.touch("explanations")
        work.commit()
    progress(2, 2, "done")
    said = f"{found.symbol} at {found.session} explained by {opened.record.name} (model {found.model_id})"
    return JobResult(n_written, "; ".join((said, *models.faults.values())), explanation_detail(found))


def explanation_detail(found: Explanation) -> dict[str, Any]:
    """Return an explanation as plain values, under the names of the command's JSON."""
    by_day = found.day_attributions.sum(axis=1)
    attention = found.attention.mean(axis=0) if len(found.attention) else None
    return {
        "symbol": found.symbol,
        "session": found.session.isoformat(),
        "model_id": found.model_id,
        "model_hash": found.model_hash,
        "shown_class": found.shown_class,
        "probability": found.shown_probability,
        "method": found.method.value,
        "baseline": found.baseline,
        "output": found.output,
        "base_output": found.base_output,
        "additivity_error": found.additivity_error,
        "features": [
            {"name": name, "value": _or_none(value), "attribution": float(attribution)}
            for name, value, attribution in zip(
                found.feature_names, found.values, found.attributions, strict=True
            )
        ],
        "days": [
            {
                "session": day.isoformat(),
                "attention": None if attention is None else float(attention[k]),
                "attribution": float(by_day[k]) if by_day.size else None,
                "is_filled": bool(found.is_filled[k]),
            }
            for k, day in enumerate(found.window)
        ],
        "families": found.family_attributions,
        "family_error": found.family_error,
        "sentences": list(found.sentences),
    }


def _open(models: Models, request: SignalRequest, number: int | None) -> OpenedModel:
    if request.model_id is not None:
        if request.model_id not in models:
            raise InvalidRequestError(
                f"There is no model {request.model_id} of these data; `models list` shows those there are"
            )
        return models.get(request.model_id)
    opened = models.get_or_serving(number)
    if opened is None:
        raise NotYetComputedError(
            "; ".join(("No model can serve yet: run `python -m app train` first", *models.faults.values()))
        )
    return opened


def _only(asked: Asked, request: SignalRequest, day: date) -> Asked:
    codes = [code for code, symbol in enumerate(asked.symbols) if symbol == request.symbol]
    found = np.flatnonzero(np.isin(asked.samples.symbols, codes))
    if not found.size:
        raise InsufficientHistoryError(
            f"{request.symbol} has no whole window that ends at {day}: a model looks at sessions without "
            "a gap of over 5 whose features are all past their warm-up. Ask for another session"
        )
    return asked.take(found)


def _or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
