"""Explain the newest signal of every symbol, and say of the model as a whole what it looks at."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from models.domain.explanations import (
    DeletionTest,
    Explanation,
    Method,
    PermutationImportance,
    Stability,
    Summary,
)
from models.domain.jobs import JobResult
from services.ml.explanations.explained import Asked, explain
from services.ml.explanations.importance import global_importance
from services.ml.explanations.model_checks import (
    attention_check,
    is_due,
    permutation_check,
    stability_check,
)
from services.ml.explanations.signals import (
    LOOKED_AT_SESSIONS,
    Models,
    OpenedModel,
    newest_of_each_symbol,
    said_by,
)
from services.ml.inference.newest_samples import newest_samples
from services.ml.inputs import active_dataset
from services.ml.serving.artifact_store import ArtifactStore
from services.ports import Clock, Progress, UnitOfWorkFactory

KEPT = timedelta(days=30)  # older ones can be computed again
_SIGNALS_AT_ONCE = 32
_SEED = 0
_SAME = 1e-5  # of a scaled value: features read anew differ in the last digits


@dataclass(frozen=True, eq=False)
class _Ground:
    dataset_id: int
    session: date
    instrument_ids: dict[str, int]
    sectors: dict[str, str | None]
    models: Models


def explain_signals(
    open_work: UnitOfWorkFactory, data_dir: Path, clock: Clock, progress: Progress
) -> JobResult:
    """Store an explanation of each symbol's newest signal, by the model that said it, and what all add up to.

    What is stored of the same window and model already stays. Where no model said a signal, the serving one
    is explained: what it would say.

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
    progress(0, 0, "opening the models")
    ground = _read_ground(open_work, data_dir)
    serving = ground.models.serving
    if serving is None:
        return _result(ground, 0, 0, _no_model(ground.models))
    progress(0, 0, "computing features")
    with open_work() as work:
        asked = newest_of_each_symbol(newest_samples(work, serving.served, LOOKED_AT_SESSIONS))
        numbers = said_by(work, ground.dataset_id, asked, ground.instrument_ids)
    n_done, n_new, n_written, names = 0, 0, 0, []
    for opened, part in _by_model(ground.models, asked, numbers):
        found, missing = _stored(open_work, ground, opened, part)
        n_done += len(found)
        for begin in range(0, missing.size, _SIGNALS_AT_ONCE):
            progress(n_done, len(asked.samples), "signals explained")
            explained = explain(opened.explained, part.take(missing[begin : begin + _SIGNALS_AT_ONCE]))
            with open_work() as work:
                n_new += work.explanations.save(ground.instrument_ids, explained, clock.now())
                work.touch("explanations")
                work.commit()
            found += explained
            n_done += len(explained)
        n_written += _sum_up(open_work, ground, opened, found, part, clock, progress)
        names.append(f"{opened.record.name} (model {opened.record.id})")
    with open_work() as work:
        work.explanations.prune(clock.now() - KEPT)
        work.commit()
    message = _sentence(n_done, n_new, names, tuple(ground.models.faults.values()))
    return _result(ground, n_done, n_new + n_written, message)


def _read_ground(open_work: UnitOfWorkFactory, data_dir: Path) -> _Ground:
    with open_work() as work:
        dataset_id, session, _ = active_dataset(work)
        instruments = work.datasets.instruments(dataset_id)
        records = work.models.all(dataset_id)
    symbols = instruments["symbol"].tolist()
    return _Ground(
        dataset_id,
        session,
        dict(zip(symbols, instruments["id"].tolist(), strict=True)),
        dict(zip(symbols, instruments["sector"].tolist(), strict=True)),
        Models(records, ArtifactStore(data_dir)),
    )


def _by_model(
    models: Models, asked: Asked, numbers: Sequence[int | None]
) -> Iterator[tuple[OpenedModel, Asked]]:
    """Yield each model with its signals; where it takes other windows, the serving one in its place."""
    serving = models.serving
    chosen = [models.get_or_serving(number) for number in numbers]
    usable = [one if one is not None and one.served.accepts(asked.samples) else serving for one in chosen]
    for number in dict.fromkeys(one.record.id for one in usable if one is not None):
        of_model = np.array([one is not None and one.record.id == number for one in usable])
        yield models.get(number), asked.take(of_model)


def _stored(
    open_work: UnitOfWorkFactory, ground: _Ground, opened: OpenedModel, part: Asked
) -> tuple[list[Explanation], np.ndarray]:
    """Return what is stored of these windows, and the positions of those that are not."""
    windows = opened.explained.shown_windows(part.samples)
    kept, missing = [], []
    with open_work() as work:
        by_signal = {
            (one.symbol, one.session): one
            for day in np.unique(part.samples.sessions).tolist()
            for one in work.explanations.of_session(ground.dataset_id, opened.record.id, day)
            if one.method is not Method.SHAPLEY_SAMPLING
            and one.model_hash == opened.record.trained.content_hash
        }
    for k, window in enumerate(windows):
        key = part.symbols[part.samples.symbols[k]], part.samples.sessions[k].item()
        one = by_signal.get(key)
        if one is not None and np.allclose(one.scaled_days, window, atol=_SAME, equal_nan=True):
            kept.append(one)
        else:
            missing.append(k)
    return kept, np.array(missing, dtype=np.int64)


def _sum_up(
    open_work: UnitOfWorkFactory,
    ground: _Ground,
    opened: OpenedModel,
    found: Sequence[Explanation],
    asked: Asked,
    clock: Clock,
    progress: Progress,
) -> int:
    """Store what is said of a model as a whole; return how many summaries were written."""
    dataset_id, number = ground.dataset_id, opened.record.id
    summaries: list[Summary | None] = [global_importance(found, ground.sectors, np.random.default_rng(_SEED))]
    with open_work() as work:
        tested = work.explanations.summarised(dataset_id, number, DeletionTest)
        permuted = work.explanations.summarised(dataset_id, number, PermutationImportance)
        compared = work.explanations.summarised(dataset_id, number, Stability)
    if is_due(tested, ground.session):
        progress(0, 0, f"testing the attention of {opened.record.name}")
        summaries.append(attention_check(open_work, opened))
    if is_due(permuted, ground.session):
        summaries.append(permutation_check(open_work, opened, progress))
    other = ground.models.before(opened)
    if other is not None and is_due(compared, ground.session):
        progress(0, 0, f"comparing model {number} with model {other.record.id}")
        summaries.append(stability_check(opened, other, asked))
    written = [one for one in summaries if one is not None]
    with open_work() as work:
        for one in written:
            work.explanations.save_summary(dataset_id, number, ground.session, one, clock.now())
        work.touch("explanations")
        work.commit()
    return len(written)


def _no_model(models: Models) -> str:
    return "; ".join(("no model can serve, so there is nothing to explain", *models.faults.values()))


def _sentence(n_explained: int, n_new: int, names: Sequence[str], faults: Sequence[str]) -> str:
    if n_explained == 0:
        said = "no symbol's features are whole over its window, so there is nothing to explain"
    else:
        said = f"{n_explained} signals explained ({n_new} new) by {' and '.join(names)}"
    return "; ".join((said, *faults))


def _result(ground: _Ground, n_explained: int, n_written: int, message: str) -> JobResult:
    detail = {"symbols": n_explained, "session": ground.session.isoformat()}
    return JobResult(n_written, message, detail)
