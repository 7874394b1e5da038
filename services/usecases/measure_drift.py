"""Measure how far the newest sessions have moved away from what the serving model learnt from."""

from pathlib import Path

from models.domain.drift import Drift
from services.ml.drift import RECENT_SESSIONS
from services.ml.inference.newest_samples import newest_samples
from services.ml.inference.serving_model import load_serving
from services.ml.inputs import active_dataset
from services.ml.serving.artifact_store import ArtifactStore
from services.ports import Clock, Progress, UnitOfWorkFactory


def measure_drift(
    open_work: UnitOfWorkFactory, data_dir: Path, clock: Clock, progress: Progress
) -> Drift | None:
    """Store the drift of the model that serves, once for each newest session.

    Parameters
    ----------
    open_work, clock, progress
        The world.
    data_dir : Path
        The models' files lie below it.

    Returns
    -------
    Drift or None
        None where no model serves, it was trained before its training's shares were kept, the newest session
        has been measured, or no window is whole.

    Raises
    ------
    NotYetComputedError
        If no prices are stored.
    """
    with open_work() as work:
        dataset_id, session, _ = active_dataset(work)
        serving = load_serving(work.models.all(dataset_id), ArtifactStore(data_dir))
        record, model = serving.record, serving.model
        if record is None or model is None or model.drift is None:
            return None
        if work.explanations.summarised(dataset_id, record.id, Drift) == session:
            return None
    progress(0, 0, f"holding the newest sessions against the training of {record.name}")
    with open_work() as work:
        samples = newest_samples(work, model, RECENT_SESSIONS).samples
        if len(samples) == 0:
            return None
        found = model.drift.measure(samples, model.trained)
        work.explanations.save_summary(dataset_id, record.id, session, found, clock.now())
        work.touch("models")
        work.commit()
    return found
