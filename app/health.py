"""/health for whoever watches from outside, /health/detailed for those who may know more."""

from dataclasses import asdict
from datetime import date, datetime
from enum import Enum
from typing import Any

import psutil
from flask import Blueprint, Response, jsonify

from app import VERSION
from app.web_services import WebServices
from services.queries.system_health import HealthStatus


def resident_bytes() -> int:
    """Return the memory that this process holds."""
    return int(psutil.Process().memory_info().rss)


def health_routes(services: WebServices) -> Blueprint:
    """Return both addresses. Neither queries: a thread keeps the state, so they answer without a database."""
    routes = Blueprint("health", __name__)

    @routes.get("/health")
    def health() -> Response:
        verdict = services.health.verdict()
        answer = jsonify(status=verdict.status.value, reasons=verdict.reasons)
        answer.status_code = 503 if verdict.status is HealthStatus.UNHEALTHY else 200
        return answer

    @routes.get("/health/detailed")
    def detailed() -> Response:
        verdict = services.health.verdict()
        answer = jsonify(status=verdict.status.value, reasons=verdict.reasons, **_details(services))
        answer.status_code = 503 if verdict.status is HealthStatus.UNHEALTHY else 200
        return answer

    return routes


def _details(services: WebServices) -> dict[str, Any]:
    state = services.health.state
    revision = services.revision.current
    leader = _plain(asdict(state.leader)) if state.leader else None
    if leader is not None:
        leader["heartbeat_age_s"] = _rounded(services.health.heartbeat_age_s())
    dataset = _plain(asdict(state.dataset)) if state.dataset else None
    if dataset is not None:
        dataset["age_s"] = _rounded(services.health.data_age_s())
    latency_ms = None if state.latency_s is None else round(1000.0 * state.latency_s, 2)
    return {
        "database": {"reachable": state.database, "version": state.server_version, "latency_ms": latency_ms},
        "leader": leader,
        "jobs": [_plain(asdict(run)) for run in state.runs],
        "dataset": dataset,
        "providers": [
            {**_plain(asdict(circuit)), "failing_symbols": state.failing_symbols.get(circuit.provider, 0)}
            for circuit in state.circuits
        ],
        "revision": {"number": revision.number, **_plain({"changed_at": revision.changed_at})},
        "memory_mb": round(resident_bytes() / 2**20, 1),
        "version": VERSION,
    }


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: _plain_value(value) for name, value in values.items()}


def _plain_value(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)
