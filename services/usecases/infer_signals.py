"""Let the model that serves score the newest sessions, and put its scores into their signals."""

from dataclasses import replace
from datetime import date
from pathlib import Path

from models.domain.jobs import JobName, JobResult, JobState
from models.domain.market import DatasetStatus
from models.domain.registry import ModelRecord
from services.ml.inference.newest_scores import NewestScores, score_newest
from services.ml.inference.scoring_window import read_window
from services.ml.inference.serving_model import Serving, load_serving
from services.ml.inputs import active_dataset
from services.ml.serving.artifact_store import ArtifactStore
from services.ports import Clock, Progress, UnitOfWork, UnitOfWorkFactory

_N_STEPS = 3


def infer_signals(
    open_work: UnitOfWorkFactory, data_dir: Path, clock: Clock, progress: Progress
) -> JobResult:
    """Score what has no model's score yet, once, and combine the signals of those sessions anew.

    Where the files of the model that should serve are missing or damaged, the one before it serves, and both
    the message and the registry say so. Without any model the feed stays as it is: technical.

    Parameters
    ----------
    open_work, clock, progress
        The world.
    data_dir : Path
        The models' files lie below it.

    Raises
    ------
    NotYetComputedError
        If no prices are stored.
    """
    progress(0, _N_STEPS, "opening the model")
    with open_work() as work:
        _, _, status = active_dataset(work)
        models = work.models.all(status.dataset.id)
    serving = load_serving(models, ArtifactStore(data_dir))
    _note_faults(open_work, models, serving)
    said = serving.fault_sentences(models)
    if serving.record is None or serving.model is None:
        none = "no model yet: the feed is technical-only" if not models else "no model can serve"
        result = _result(status, 0, 0, "; ".join((*said, none)), None)
        return replace(result, follow_up=() if models else _first_training(open_work))
    progress(1, _N_STEPS, f"computing features for {serving.record.name}")
    with open_work() as work:
        found = score_newest(work, status, serving.record, serving.model)
        progress(2, _N_STEPS, f"storing {len(found.frame):,} scores")
        n_written = _store(work, status, found, clock)
        work.commit()
    progress(_N_STEPS, _N_STEPS, "done")
    message = "; ".join((_sentence(serving.record, found), *said))
    return _result(status, len(found.frame), n_written, message, serving.record)


def _first_training(open_work: UnitOfWorkFactory) -> tuple[JobName, ...]:
    """Ask for the training that a dataset without any model needs, unless it runs or went wrong before."""
    with open_work() as work:
        tried = [run for run in work.jobs.newest_of_each_job() if run.job is JobName.TRAIN_MODELS]
    return () if any(run.state is not JobState.SUCCEEDED for run in tried) else (JobName.TRAIN_MODELS,)


def _note_faults(open_work: UnitOfWorkFactory, models: list[ModelRecord], serving: Serving) -> None:
    """Write down what is wrong with a model's files, and of the one that serves that nothing is."""
    noted = dict(serving.faults)
    if serving.record is not None:
        noted[serving.record.id] = ""
    if all(one.fault == noted[one.id] for one in models if one.id in noted):
        return
    with open_work() as work:
        for number, fault in noted.items():
            work.models.note_fault(number, fault)
        work.touch("models")
        work.commit()


def _store(work: UnitOfWork, status: DatasetStatus, found: NewestScores, clock: Clock) -> int:
    """Store the scores and the signals that hold them; return the rows written."""
    if found.frame.empty:
        return 0
    now = clock.now()
    stamped = found.frame.assign(computed_at=now.replace(tzinfo=None))
    n_written = work.models.save_scores(stamped.astype({"computed_at": "datetime64[us]"}))
    first: date = found.frame["session"].min().date()
    window = read_window(work, status, first)
    signals = window.stamp(window.score().signals, now)
    n_written += work.signals.merge_signals(signals, now)
    work.touch("data")
    return n_written


def _sentence(record: ModelRecord, found: NewestScores) -> str:
    what = "proven" if record.is_proven else "unproven, so without weight in the confluence"
    if found.frame.empty:
        return f"nothing to score with {record.name} (model {record.id}) at {found.session}: {found.why_none}"
    n_symbols = found.frame["instrument_id"].nunique()
    return f"{n_symbols} symbols scored by {record.name} (model {record.id}, {what}) as of {found.session}"


def _result(
    status: DatasetStatus, n_scored: int, n_written: int, message: str, record: ModelRecord | None
) -> JobResult:
    detail = {
        "symbols": n_scored,
        "quarantined": 0,
        "flagged": 0,
        "session": None if status.last_session is None else status.last_session.isoformat(),
        "model_id": None if record is None else record.id,
        "is_proven": None if record is None else record.is_proven,
    }
    return JobResult(n_written, message, detail)
