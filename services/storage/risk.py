"""Reports of what could be lost."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pandas as pd
from sqlalchemy import Connection, delete, insert, select

from models.domain.plain_values import from_plain, to_plain
from models.domain.risk import RiskReport
from models.tables import risk_backtests, risk_figures, risk_reports, risk_snapshots, risk_stresses

_IN_TABLES = ("snapshots", "backtest", "stresses")


class SqlRiskRepository:
    """``RiskRepository`` on PostgreSQL."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, dataset_id: int, report: RiskReport) -> int:
        """Keep a report; return its id. Of an edited book's earlier ones only the key figures stay.

        Raises
        ------
        ValueError
            If a figure is not finite.
        """
        plain = to_plain(report)
        parts = {name: plain.pop(name) for name in _IN_TABLES}
        if report.request.weights is not None:
            self._strip(dataset_id, report.request.key)
        report_id: int = self._connection.execute(
            insert(risk_reports)
            .values(
                dataset_id=dataset_id,
                request_key=report.request.key,
                computed_at=report.computed_at,
                session=report.book.session,
                origin=report.book.origin.value,
                horizon_sessions=report.request.settings.horizon_sessions,
                n_paths=report.request.settings.n_paths,
                seed=report.request.settings.seed,
                report=plain,
                data_snapshot=report.data_snapshot,
                code_version=report.code_version,
            )
            .returning(risk_reports.c.id)
        ).scalar_one()
        self._add_snapshots(report_id, report, parts["snapshots"])
        if parts["backtest"] is not None:
            self._connection.execute(
                insert(risk_backtests).values(report_id=report_id, backtest=parts["backtest"])
            )
        stresses = [
            {"report_id": report_id, "place": place, "kind": one["kind"], "name": one["name"], "stress": one}
            for place, one in enumerate(parts["stresses"])
        ]
        if stresses:
            self._connection.execute(insert(risk_stresses), stresses)
        return report_id

    def _strip(self, dataset_id: int, request_key: str) -> None:
        """Drop the details of what is being replaced: anybody may ask for any book, again and again."""
        earlier = select(risk_reports.c.id).where(
            risk_reports.c.dataset_id == dataset_id, risk_reports.c.request_key == request_key
        )
        for table in (risk_snapshots, risk_backtests, risk_stresses):
            self._connection.execute(delete(table).where(table.c.report_id.in_(earlier)))

    def _add_snapshots(self, report_id: int, report: RiskReport, plain: Sequence[dict[str, Any]]) -> None:
        if not plain:
            return
        rows = [
            {
                "report_id": report_id,
                "method": one.method.value,
                "place": place,
                "snapshot": plain[place],
            }
            for place, one in enumerate(report.snapshots)
        ]
        self._connection.execute(insert(risk_snapshots), rows)
        figures = [
            {
                "report_id": report_id,
                "method": one.method.value,
                "confidence": tail.confidence,
                "value_at_risk": tail.value_at_risk.value,
                "value_at_risk_error": tail.value_at_risk.standard_error,
                "expected_shortfall": tail.expected_shortfall.value,
                "expected_shortfall_error": tail.expected_shortfall.standard_error,
            }
            for one in report.snapshots
            for tail in one.tails
        ]
        self._connection.execute(insert(risk_figures), figures)

    def newest(self, dataset_id: int, request_key: str, as_of: date | None = None) -> RiskReport | None:
        """Return the newest report of a request whose book is not later than a session, None without one."""
        query = select(risk_reports.c.id, risk_reports.c.report).where(
            risk_reports.c.dataset_id == dataset_id,
            risk_reports.c.request_key == request_key,
            risk_reports.c.id.in_(select(risk_snapshots.c.report_id)),
        )
        if as_of is not None:
            query = query.where(risk_reports.c.session <= as_of)
        newest = query.order_by(risk_reports.c.computed_at.desc(), risk_reports.c.id.desc()).limit(1)
        row = self._connection.execute(newest).one_or_none()
        return None if row is None else self._whole(row.id, row.report)

    def _whole(self, report_id: int, plain: dict[str, Any]) -> RiskReport:
        snapshots = select(risk_snapshots.c.snapshot).where(risk_snapshots.c.report_id == report_id)
        backtest = select(risk_backtests.c.backtest).where(risk_backtests.c.report_id == report_id)
        stresses = select(risk_stresses.c.stress).where(risk_stresses.c.report_id == report_id)
        parts = {
            "snapshots": self._connection.execute(snapshots.order_by(risk_snapshots.c.place)).scalars().all(),
            "backtest": self._connection.execute(backtest).scalar_one_or_none(),
            "stresses": self._connection.execute(stresses.order_by(risk_stresses.c.place)).scalars().all(),
        }
        return from_plain(RiskReport, plain | parts)

    def figures(self, dataset_id: int, sessions: tuple[date | None, date | None]) -> pd.DataFrame:
        """Return the key figures of every report on books of some sessions, oldest first.

        Returns
        -------
        DataFrame
            One row a report, method and confidence, with the columns of ``risk_figures`` and, of
            ``risk_reports``, computed_at, session, origin, horizon_sessions, n_paths and seed.
        """
        of_report = ("computed_at", "session", "origin", "horizon_sessions", "n_paths", "seed")
        query = (
            select(*(risk_reports.c[name] for name in of_report), risk_figures)
            .join(risk_figures, risk_figures.c.report_id == risk_reports.c.id)
            .where(risk_reports.c.dataset_id == dataset_id)
            .order_by(
                risk_reports.c.computed_at,
                risk_reports.c.id,
                risk_figures.c.method,
                risk_figures.c.confidence,
            )
        )
        first, last = sessions
        if first is not None:
            query = query.where(risk_reports.c.session >= first)
        if last is not None:
            query = query.where(risk_reports.c.session <= last)
        result = self._connection.execute(query)
        return pd.DataFrame(result.all(), columns=list(result.keys()))
