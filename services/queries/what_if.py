"""What a model would say if the newest values of some features were others.

Computed in the web process, which writes nothing: the stored window of an explanation, changed, through the
model's own files. The libraries come in with the first question.
"""

import importlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from sqlalchemy import Engine

from models.domain.errors import InvalidRequestError, NotYetComputedError
from models.domain.explanations import Explanation
from models.domain.registry import ModelRecord
from models.domain.what_if import Adjustable, Forecast, WhatIfAnswer, WhatIfGround
from services.ml.explanations.feature_words import value_words
from services.ports import Clock
from services.quant.features.registry import METADATA
from services.queries.shown_dataset import dataset_id_of, shown_dataset

if TYPE_CHECKING:
    from services.ml.what_if import Hypothesis, WhatIf

N_ADJUSTABLE = 5
_MAX_OPENED = 2  # models held in memory
_SAME = 1e-9  # of a feature's range: no change at all


@dataclass(frozen=True, eq=False)
class _Subject:
    """What a question is about. ``technical`` and ``sentiment``: of the stored signal, None without."""

    explained: Explanation
    record: ModelRecord
    technical: float | None
    sentiment: float | None

    def forecast(self, found: "Hypothesis") -> Forecast:
        """Return what the signal would come to."""
        confluence, label = found.signal(
            self.technical, self.sentiment, model_is_proven=self.record.is_proven
        )
        return Forecast(tuple(found.probabilities.tolist()), found.score, confluence, label)


class WhatIfQueries:
    """Questions about stored signals; ``data_dir`` holds the models' files."""

    def __init__(self, engine: Engine, clock: Clock, data_dir: Path) -> None:
        self._engine = engine.execution_options(isolation_level="REPEATABLE READ")
        self._clock = clock
        self._data_dir = data_dir
        self._opened: OrderedDict[str, WhatIf] = OrderedDict()
        self._opening = Lock()

    def ground(self, symbol: str, session: date, model_id: int) -> WhatIfGround:
        """Return the features that can be changed, the strongest first, with the range that training saw.

        Raises
        ------
        NotYetComputedError
            If the signal is not explained: its window is what a question changes.
        InvalidRequestError
            If there is no such model, or it is one that cannot be asked.
        DamagedArtifactError
            If its files do not hold.
        DatabaseUnavailableError
            If the database is out of reach.
        """
        subject = self._read(symbol, session, model_id)
        found, model = subject.explained, self._open(subject.record)
        order = np.argsort(-np.abs(found.attributions), kind="stable").tolist()
        known = [place for place in order if np.isfinite(found.values[place])]
        features = tuple(_adjustable(found, place, model) for place in known[:N_ADJUSTABLE])
        return WhatIfGround(symbol, session, model_id, features)

    def answer(self, symbol: str, session: date, model_id: int, values: Mapping[str, float]) -> WhatIfAnswer:
        """Return the forecast with other values of the newest session; the sessions before it stay.

        Parameters
        ----------
        symbol, session, model_id
            Whose signal, explained by which model.
        values : mapping of feature to value
            In the features' own units.

        Raises
        ------
        InvalidRequestError
            If a value lies outside what training has seen, or is of no feature of this model; it says which.
        NotYetComputedError, DamagedArtifactError, DatabaseUnavailableError
            As ``ground``.
        """
        subject = self._read(symbol, session, model_id)
        found, model = subject.explained, self._open(subject.record)
        edited = {}
        for name, value in values.items():
            low, high = model.range_of(name)
            if not low <= value <= high:
                raise InvalidRequestError(_refusal(name, value, low, high, session))
            if abs(value - found.values[found.feature_names.index(name)]) > _SAME * (high - low):
                edited[name] = value
        return WhatIfAnswer(
            found.class_names,
            subject.forecast(model.ask(found, {})),
            subject.forecast(model.ask(found, edited)),
            tuple(
                (METADATA[name].title, value_words(name, value, session)) for name, value in edited.items()
            ),
            counts=subject.record.is_proven,
        )

    def _read(self, symbol: str, session: date, model_id: int) -> _Subject:
        with shown_dataset(self._engine, self._clock) as (work, status):
            dataset_id = dataset_id_of(status)
            record = work.models.get(model_id)
            if record is None or record.trained.dataset_id != dataset_id:
                raise InvalidRequestError(f"There is no model {model_id} of these data: choose another")
            found = work.explanations.find(dataset_id, symbol, session, model_id)
            if found is None or found.model_hash != record.trained.content_hash:
                raise NotYetComputedError(f"{symbol} at {session} is not explained by this model yet")
            members = work.datasets.instruments(dataset_id).set_index("symbol")
            history = work.signals.signal_history(int(members["id"][symbol]), session, session)
        return _Subject(found, record, _source(history, "technical"), _source(history, "sentiment"))

    def _open(self, record: ModelRecord) -> "WhatIf":
        """Return the model, kept from the last question where it can be."""
        content_hash = record.trained.content_hash
        with self._opening:
            if content_hash not in self._opened:
                store = importlib.import_module("services.ml.serving.artifact_store")
                questions = importlib.import_module("services.ml.what_if")
                artifact = store.ArtifactStore(self._data_dir).read(content_hash)
                self._opened[content_hash] = questions.WhatIf.open(artifact)
            self._opened.move_to_end(content_hash)
            while len(self._opened) > _MAX_OPENED:
                self._opened.popitem(last=False)
            return self._opened[content_hash]


def _adjustable(found: Explanation, place: int, model: "WhatIf") -> Adjustable:
    name, value = found.feature_names[place], float(found.values[place])
    low, high = model.range_of(name)
    return Adjustable(name, METADATA[name].title, value, value_words(name, value, found.session), low, high)


def _source(history: pd.DataFrame, name: str) -> float | None:
    """Return a source of the stored signal, None where it has none."""
    if history.empty or pd.isna(history[name].iloc[-1]):
        return None
    return float(history[name].iloc[-1])


def _refusal(name: str, value: float, low: float, high: float, session: date) -> str:
    ends = " to ".join(value_words(name, end, session) for end in (low, high))
    return (
        f"{METADATA[name].title}: {value_words(name, value, session)} lies outside what training has seen "
        f"({ends}), and the model would only guess there"
    )
