"""The ledger of everything that was ever tried, and what the audits found."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import Connection, func, insert, select, tuple_
from sqlalchemy.dialects.postgresql import insert as upsert

from models.domain.trials import AuditCheck, BenchmarkCount, Trial, TrialKind, TrialReturns
from models.tables import audits, trials

_BENCHMARKS = [kind.value for kind in TrialKind if kind.is_benchmark]


class SqlTrialRepository:
    """``TrialRepository`` on PostgreSQL."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def record(
        self,
        trial: Trial,
        *,
        dataset_id: int | None,
        evaluation: Mapping[str, Any],
        returns: TrialReturns | None,
        now: datetime,
    ) -> int:
        """Log a run of a configuration: its first makes an entry, a later one replaces the results."""
        newest = {
            "last_run_at": now,
            "data_snapshot": trial.data_snapshot,
            "code_version": trial.code_version,
            "evaluation": dict(evaluation),
            "return_sessions": None if returns is None else returns.sessions.astype(object).tolist(),
            "returns": None if returns is None else returns.values.tolist(),
        }
        statement = upsert(trials).values(
            fingerprint=trial.fingerprint,
            kind=trial.kind.value,
            dataset_id=dataset_id,
            model=trial.model,
            configuration=dict(trial.configuration),
            first_run_at=now,
            n_runs=1,
            **newest,
        )
        statement = statement.on_conflict_do_update(
            index_elements=["fingerprint"], set_={**newest, "n_runs": trials.c.n_runs + 1}
        )
        found: int = self._connection.execute(statement.returning(trials.c.id)).scalar_one()
        return found

    def count(self, dataset_id: int | None = None) -> int:
        """Return how many configurations were tried: on a dataset, or at all."""
        query = select(func.count()).select_from(trials)
        if dataset_id is not None:
            query = query.where(trials.c.dataset_id == dataset_id)
        return int(self._connection.execute(query).scalar_one())

    def all(self, dataset_id: int | None = None) -> list[dict[str, Any]]:
        """Return every trial, newest run first, as a mapping by the table's columns."""
        query = select(trials).order_by(trials.c.last_run_at.desc(), trials.c.id.desc())
        if dataset_id is not None:
            query = query.where(trials.c.dataset_id == dataset_id)
        return [dict(row) for row in self._connection.execute(query).mappings()]

    def benchmarks(self) -> list[dict[str, Any]]:
        """Return every trial of a published benchmark, newest run first, as ``all`` does."""
        query = select(trials).where(trials.c.kind.in_(_BENCHMARKS))
        query = query.order_by(trials.c.last_run_at.desc(), trials.c.id.desc())
        return [dict(row) for row in self._connection.execute(query).mappings()]

    def count_benchmark(self, name: str | None = None) -> BenchmarkCount:
        """Return how often the benchmark of that name was tried, or all of them together.

        A configuration that was judged on validation and then on the test is one.
        """
        configuration = trials.c.configuration
        query = select(
            func.count(func.distinct(tuple_(trials.c.model, configuration))),
            func.count().filter(trials.c.kind == TrialKind.PROTOCOL.value),
        ).where(trials.c.kind.in_(_BENCHMARKS))
        if name is not None:
            query = query.where(configuration["protocol"]["name"].astext == name)
        n_configurations, n_test_readings = self._connection.execute(query).one()
        return BenchmarkCount(n_configurations, n_test_readings)

    def returns(self, dataset_id: int) -> dict[int, TrialReturns]:
        """Return the net returns of every trial that made a book, by trial."""
        query = select(trials.c.id, trials.c.return_sessions, trials.c.returns).where(
            trials.c.dataset_id == dataset_id, trials.c.returns.is_not(None)
        )
        return {
            row.id: TrialReturns(np.array(row.return_sessions, dtype="datetime64[D]"), np.array(row.returns))
            for row in self._connection.execute(query)
        }

    def add_audit(
        self,
        checks: Sequence[AuditCheck],
        *,
        dataset_id: int | None,
        trial_id: int | None,
        code_version: str,
        now: datetime,
    ) -> int:
        """Keep what an audit found; return its id."""
        statement = insert(audits).values(
            dataset_id=dataset_id,
            trial_id=trial_id,
            audited_at=now,
            passed=all(check.passed for check in checks),
            checks=[{"name": one.name, "passed": one.passed, "detail": one.detail} for one in checks],
            code_version=code_version,
        )
        found: int = self._connection.execute(statement.returning(audits.c.id)).scalar_one()
        return found

    def newest_audit(self, dataset_id: int) -> dict[str, Any] | None:
        """Return the newest audit of a dataset as a mapping by the table's columns."""
        query = (
            select(audits)
            .where(audits.c.dataset_id == dataset_id)
            .order_by(audits.c.audited_at.desc(), audits.c.id.desc())
            .limit(1)
        )
        row = self._connection.execute(query).mappings().one_or_none()
        return None if row is None else dict(row)
