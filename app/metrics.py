"""/metrics in Prometheus' text format."""

import time
from collections.abc import Iterator

from flask import Blueprint, Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from app.health import resident_bytes
from app.web_services import WebServices
from models.domain.market import CircuitState
from services.queries.system_health import HEARTBEAT_LIMIT_S
from services.storage.cache import ResultCache

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_LABELS = ("method", "route", "status")
_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


def measure(server: Flask, services: WebServices) -> Blueprint:
    """Count and time every request of this server; return the address that tells."""
    registry = CollectorRegistry()
    requests = Counter("glassbox_http_requests", "Requests answered.", labelnames=_LABELS, registry=registry)
    durations = Histogram(
        "glassbox_http_request_duration_seconds",
        "Time to answer.",
        labelnames=("method", "route"),
        buckets=_BUCKETS_S,
        registry=registry,
    )
    registry.register(SystemCollector(services))
    registry.register(CacheCollector(services.cache))

    def begin() -> None:
        g.began_at = time.perf_counter()

    def count(response: Response) -> Response:
        # Names that a client chooses freely would make a series each: known ones and one for the rest.
        method = request.method if request.method in _METHODS else "other"
        route = request.url_rule.rule if request.url_rule else "unmatched"
        requests.labels(method, route, str(response.status_code)).inc()
        durations.labels(method, route).observe(time.perf_counter() - g.began_at)
        return response

    server.before_request(begin)
    server.after_request(count)
    routes = Blueprint("metrics", __name__)

    @routes.get("/metrics")
    def metrics() -> Response:
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4)

    return routes


class SystemCollector(Collector):
    """Gauges of the system, taken from the states that background threads keep: no query."""

    def __init__(self, services: WebServices) -> None:
        self._services = services

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield every gauge; one whose value is unknown is left out."""
        health, revision = self._services.health, self._services.revision.current
        heartbeat_age_s = health.heartbeat_age_s()
        leads = heartbeat_age_s is not None and heartbeat_age_s <= HEARTBEAT_LIMIT_S
        values = (
            ("glassbox_up", "Whether the database answers.", float(health.state.database)),
            ("glassbox_leader", "Whether a worker leads.", float(leads)),
            ("glassbox_leader_heartbeat_age_seconds", "Time since the leader was heard of.", heartbeat_age_s),
            ("glassbox_data_age_seconds", "Time since the data were refreshed.", health.data_age_s()),
            ("glassbox_revision", "How often anything has changed.", float(revision.number)),
            ("glassbox_process_resident_memory_bytes", "Memory of this process.", float(resident_bytes())),
        )
        for name, text, value in values:
            if value is not None:
                yield GaugeMetricFamily(name, text, value=value)
        yield self._runs()
        yield from self._providers()

    def _runs(self) -> GaugeMetricFamily:
        runs = GaugeMetricFamily("glassbox_job_runs", "Job runs in each state.", labels=("job", "state"))
        for count in self._services.health.state.run_counts:
            runs.add_metric((count.job, count.state), count.n_runs)
        return runs

    def _providers(self) -> Iterator[GaugeMetricFamily]:
        health = self._services.health
        state = GaugeMetricFamily(
            "glassbox_provider_circuit",
            "1 for the state that the provider's circuit is in.",
            labels=("provider", "state"),
        )
        failures = GaugeMetricFamily("glassbox_provider_failures", "Failures in a row.", labels=("provider",))
        symbols = GaugeMetricFamily(
            "glassbox_provider_failing_symbols",
            "Symbols that failed when they were asked last.",
            labels=("provider",),
        )
        for circuit in health.state.circuits:
            for name in CircuitState:
                state.add_metric((circuit.provider, name.value), float(circuit.state is name))
            failures.add_metric((circuit.provider,), circuit.n_failures)
            symbols.add_metric((circuit.provider,), health.state.failing_symbols.get(circuit.provider, 0))
        yield from (state, failures, symbols)


class CacheCollector(Collector):
    """What the cache of results has done in this process, and whether its store answers."""

    def __init__(self, cache: ResultCache) -> None:
        self._cache = cache

    def collect(self) -> Iterator[Metric]:
        """Yield every number; one that is unknown is left out."""
        found = self._cache.statistics()
        requests = CounterMetricFamily(
            "glassbox_cache_requests", "Results asked for, by outcome.", labels=("kind", "outcome")
        )
        for labels, count in found.requests.items():
            requests.add_metric(labels, count)
        yield requests
        yield CounterMetricFamily("glassbox_cache_errors", "Failed reads and writes.", value=found.n_errors)
        yield CounterMetricFamily("glassbox_cache_rejected", "Values not usable.", value=found.n_rejected)
        up = GaugeMetricFamily("glassbox_cache_up", "Whether the store answers.", labels=("store",))
        up.add_metric((found.store,), float(found.available))
        yield up
        if found.n_entries is not None:
            yield GaugeMetricFamily("glassbox_cache_entries", "Values kept.", value=found.n_entries)
        if found.hit_ratio is not None:
            yield GaugeMetricFamily(
                "glassbox_cache_hit_ratio", "Share of requests not computed.", value=found.hit_ratio
            )
