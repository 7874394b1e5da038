"""Who serves, how every model was judged, what was tried and what was decided."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from sqlalchemy import Engine

from models.domain.drift import Drift
from models.domain.errors import InvalidRequestError, NotYetComputedError
from models.domain.feed import Activity
from models.domain.market import DatasetStatus
from models.domain.model_views import (
    Estimate,
    JudgedModel,
    ModelDetail,
    ModelsReport,
    Standing,
    TrialLine,
    leading_line,
)
from models.domain.registry import serving_order
from services.ports import Clock
from services.quant.judging.differences import interval_of_mean_difference
from services.quant.judging.trial_statistics import trial_statistics
from services.queries.activity import read_activity
from services.queries.freshness import describe_staleness
from services.queries.model_details import daily_ic, describe_model
from services.queries.model_evidence import Ledger, evidence_lines
from services.queries.model_rows import audit_view, decision_line, registered_model, trial_line
from services.queries.shown_dataset import dataset_id_of, shown_dataset
from services.storage.unit_of_work import SqlUnitOfWork

_NOTHING_JUDGED = (
    "Prices are stored, but no model has been judged on them yet. The worker trains and judges the first "
    "ones by itself once it has scored the prices, then every Sunday at 02:00 UTC; `python -m app train` "
    "does it now."
)


class ModelsQueries:
    """Reads for the Models page; each call sees one state of the database."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine.execution_options(isolation_level="REPEATABLE READ")
        self._clock = clock

    def report(self) -> ModelsReport:
        """Return all but what stands behind one chosen model.

        Raises
        ------
        NotYetComputedError
            If there are no prices yet, or nothing was ever judged; its message says what to do.
        DatabaseUnavailableError
            If the database is out of reach.
        """
        with self._reading() as (work, status, ledger):
            dataset_id = dataset_id_of(status)
            statistics = trial_statistics(work.trials.returns(dataset_id), len(ledger.trials))
            evidence = evidence_lines(ledger)
            benchmarks = work.trials.benchmarks()
            serving = next((one.id for one in serving_order(ledger.models) if not one.fault), None)
            return ModelsReport(
                status=status,
                evidence=evidence,
                serving=serving,
                difference=_difference(ledger, evidence),
                models=tuple(registered_model(one) for one in ledger.models),
                decisions=tuple(decision_line(one) for one in work.models.decisions(dataset_id)),
                audit=audit_view(work.trials.newest_audit(dataset_id)),
                trials=_newest_first(
                    trial_line(one, statistics.by_trial.get(one["id"]))
                    for one in (*ledger.trials, *benchmarks)
                ),
                overfitting=statistics.overfitting,
                n_benchmark_configurations=work.trials.count_benchmark().n_configurations,
                drift_session=None
                if serving is None
                else work.explanations.summarised(dataset_id, serving, Drift),
            )

    def detail(self, key: str | None) -> ModelDetail:
        """Return what stands behind one line, or behind the leading one where ``key`` is None.

        Raises
        ------
        InvalidRequestError
            If there is no such line.
        NotYetComputedError, DatabaseUnavailableError
            As ``report``.
        """
        with self._reading() as (work, status, ledger):
            evidence = evidence_lines(ledger)
            line = leading_line(evidence) if key is None else ledger.line(key, evidence)
            if line is None:
                raise InvalidRequestError(f"There is no {(key or '')[:32].replace(':', ' ')} on these data")
            found = describe_model(ledger, line, evidence)
            if line.model_id is None:
                return found
            drifts = work.explanations.summaries(dataset_id_of(status), line.model_id, Drift)
            return replace(found, drift=drifts[0] if drifts else None)

    def staleness(self, status: DatasetStatus) -> str:
        """Return how far the data are behind the exchange now, empty where they are not."""
        return describe_staleness(status, self._clock.now())

    def activity(self) -> Activity:
        """Return what the worker does now.

        Raises
        ------
        DatabaseUnavailableError
            If the database is out of reach.
        """
        with SqlUnitOfWork(self._engine) as work:
            return read_activity(work, self._clock)

    @contextmanager
    def _reading(self) -> Iterator[tuple[SqlUnitOfWork, DatasetStatus, Ledger]]:
        with shown_dataset(self._engine, self._clock) as (work, status):
            dataset_id = dataset_id_of(status)
            ledger = Ledger(tuple(work.models.all(dataset_id)), tuple(work.trials.all(dataset_id)))
            if not ledger.is_judged:
                raise NotYetComputedError(_NOTHING_JUDGED)
            yield work, status, ledger


def _newest_first(lines: Iterable[TrialLine]) -> tuple[TrialLine, ...]:
    return tuple(sorted(lines, key=lambda one: (one.last_run_at, one.id), reverse=True))


def _difference(ledger: Ledger, evidence: tuple[JudgedModel, ...]) -> Estimate | None:
    """Return the IC of the challenger less the champion's, from their daily ICs."""
    found: dict[Standing, Mapping[str, Any]] = {}
    for line in evidence:
        if line.standing in {Standing.CHAMPION, Standing.CHALLENGER}:
            found[line.standing] = ledger.evaluation(line)
    if len(found) < 2:
        return None
    ours, theirs = daily_ic(found[Standing.CHALLENGER]), daily_ic(found[Standing.CHAMPION])
    interval = interval_of_mean_difference(*ours, *theirs)
    return None if interval is None else Estimate(interval.value, interval.low, interval.high, interval.n)
