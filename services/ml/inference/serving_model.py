"""The model that serves: the best whose files are sound, and what is the matter with those before it."""

from collections.abc import Sequence
from dataclasses import dataclass

from models.domain.errors import DamagedArtifactError
from models.domain.registry import ModelRecord, serving_order
from services.ml.serving.artifact_store import ArtifactStore
from services.ml.serving.model_files import ServedModel, feature_hash, unpack
from services.quant.features.registry import NAMES


@dataclass(frozen=True, eq=False)
class Serving:
    """The model that serves, None where none can; ``faults``: of those that should have, by number."""

    record: ModelRecord | None
    model: ServedModel | None
    faults: dict[int, str]

    def fault_sentences(self, models: Sequence[ModelRecord]) -> tuple[str, ...]:
        """Say of each faulty model what is wrong, and who serves in its place."""
        names = {one.id: f"model {one.id} ({one.name})" for one in models}
        instead = "the feed is technical-only" if self.record is None else f"{names[self.record.id]} serves"
        return tuple(f"{names[number]}: {fault}; {instead}" for number, fault in self.faults.items())


def load_serving(models: Sequence[ModelRecord], store: ArtifactStore) -> Serving:
    """Open the first model in the order of serving whose files hold, and note why others do not.

    Parameters
    ----------
    models : sequence of ModelRecord
        Of one dataset.
    store : ArtifactStore
    """
    faults: dict[int, str] = {}
    for record in serving_order(models):
        try:
            return Serving(record, load_model(record, store), faults)
        except DamagedArtifactError as error:
            faults[record.id] = str(error)
    return Serving(None, None, faults)


def load_model(record: ModelRecord, store: ArtifactStore) -> ServedModel:
    """Open one model of the registry.

    Raises
    ------
    DamagedArtifactError
        If its files do not hold, or it learnt from other features than are computed now.
    """
    if record.trained.feature_hash != feature_hash(NAMES):
        raise DamagedArtifactError("it learnt from other features than are computed now: train again")
    return unpack(store.read(record.trained.content_hash))
