"""The newest signals of the universe, and which model said each."""

from dataclasses import dataclass

import numpy as np

from models.domain.errors import DamagedArtifactError
from models.domain.registry import ModelRecord
from services.ml.explanations.explained import Asked, ExplainedModel
from services.ml.inference.newest_samples import NewestSamples
from services.ml.inference.serving_model import load_model, load_serving
from services.ml.serving.artifact_store import ArtifactStore
from services.ml.serving.model_files import ServedModel
from services.ports import UnitOfWork
from services.quant.gaps import MAX_FILLED_SESSIONS

# A symbol without a bar in the newest session still has a signal of some sessions ago.
LOOKED_AT_SESSIONS = MAX_FILLED_SESSIONS + 1


@dataclass(frozen=True, eq=False)
class OpenedModel:
    """A model of the registry, opened to be asked and explained."""

    record: ModelRecord
    served: ServedModel
    explained: ExplainedModel

    @classmethod
    def of(cls, record: ModelRecord, served: ServedModel) -> "OpenedModel":
        """Return a served model as it is explained."""
        return cls(record, served, ExplainedModel(record.id, record.trained.content_hash, served.trained))


class Models:
    """The models of a dataset, each opened once."""

    def __init__(self, records: list[ModelRecord], store: ArtifactStore) -> None:
        self._records = {record.id: record for record in records}
        self._store = store
        self._opened: dict[int, OpenedModel] = {}
        serving = load_serving(records, store)
        self.faults = {number: f"model {number}: {fault}" for number, fault in serving.faults.items()}
        self.serving: OpenedModel | None = None
        if serving.record is not None and serving.model is not None:
            self.serving = OpenedModel.of(serving.record, serving.model)
            self._opened[serving.record.id] = self.serving

    def __contains__(self, number: int) -> bool:
        """Whether there is a model of this number."""
        return number in self._records

    def get(self, number: int) -> OpenedModel:
        """Return a model.

        Raises
        ------
        DamagedArtifactError
            If its files do not hold, or there is none of that number any more.
        """
        if number not in self._opened:
            if number not in self._records:
                raise DamagedArtifactError("it is not in the registry of this dataset")
            record = self._records[number]
            self._opened[number] = OpenedModel.of(record, load_model(record, self._store))
        return self._opened[number]

    def before(self, opened: OpenedModel) -> OpenedModel | None:
        """Return the newest earlier training of the same model whose files hold, None where there is none."""
        earlier = sorted(number for number in self._records if number < opened.record.id)
        for number in reversed(earlier):
            if self._records[number].name == opened.record.name:
                try:
                    return self.get(number)
                except DamagedArtifactError:
                    continue
        return None

    def get_or_serving(self, number: int | None) -> OpenedModel | None:
        """Return the model that said a signal; the serving one where none did or its files are gone."""
        if number is None:
            return self.serving
        try:
            return self.get(number)
        except DamagedArtifactError as error:
            self.faults[number] = f"model {number}: {error}"
            return self.serving


def newest_of_each_symbol(newest: NewestSamples) -> Asked:
    """Return the last window of each symbol among those of the sessions that were read."""
    samples, panel = newest.samples, newest.inputs.panel
    order = np.lexsort((samples.sessions, samples.symbols))
    is_last = np.append(np.diff(samples.symbols[order]) != 0, True)[: order.size]
    return Asked(
        samples.take(order[is_last]),
        panel.symbols,
        np.unique(panel.session),
        newest.inputs.filled.is_filled,
    )


def said_by(
    work: UnitOfWork, dataset_id: int, asked: Asked, instrument_ids: dict[str, int]
) -> list[int | None]:
    """Return the number of the model that scored each signal, None where none did."""
    sessions = asked.samples.sessions
    if not sessions.size:
        return []
    scores = work.models.scores(dataset_id, from_session=sessions.min().item())
    days = scores["session"].to_numpy("datetime64[D]")
    numbers = {
        (instrument, day): number
        for instrument, day, number in zip(
            scores["instrument_id"].tolist(), days.tolist(), scores["model_id"].tolist(), strict=True
        )
    }
    symbols = [asked.symbols[code] for code in asked.samples.symbols.tolist()]
    return [
        numbers.get((instrument_ids[symbol], day))
        for symbol, day in zip(symbols, sessions.tolist(), strict=True)
    ]
