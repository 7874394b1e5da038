"""The addresses for other programs: what changed last, and the newest signals."""

import json
import math
from collections.abc import Callable
from dataclasses import fields
from datetime import date
from enum import Enum
from typing import Any

from flask import Blueprint, Response, abort, request
from werkzeug.datastructures import ETags

from app.errors import json_error
from app.web_services import WebServices
from models.domain.errors import NotYetComputedError
from models.domain.feed import FeedRow, SignalFeed
from services.queries.cached_feed import DataCache
from services.queries.revision import Revision
from services.storage.cache import CacheKind, shape_of

_ROW_FIELDS = tuple(field.name for field in fields(FeedRow) if field.name not in {"history", "made_of"})
_EVERY_METHOD = ("GET", "POST", "PUT", "PATCH", "DELETE")


def api_routes(services: WebServices) -> Blueprint:
    """Return the API. Clients revalidate with an ETag; while nothing changes no answer costs a query."""
    routes = Blueprint("api", __name__, url_prefix="/api")
    results = DataCache(services.engine, services.revision, services.cache)
    text = shape_of(str)

    def newest_signals() -> str:
        return json.dumps(_feed_body(services.feed.feed()), allow_nan=False)

    @routes.get("/v1/revision")
    def revision() -> Response:
        current = services.revision.current
        return _revalidated(_tag("revision", current), lambda: _revision_body(current))

    @routes.get("/v1/signals")
    def signals() -> Response:
        # Read before the signals: what arrives in between is then fetched again, never missed.
        current = services.revision.current
        try:
            return _revalidated(
                _tag("signals", current),
                lambda: results.get_or_compute(CacheKind.SIGNALS, "api/signals", text, newest_signals),
            )
        except NotYetComputedError as missing:
            return json_error(503, str(missing))

    # Without this the pages' catch-all would answer with a page.
    @routes.route("/<path:_rest>", methods=_EVERY_METHOD)
    def unknown(_rest: str) -> Response:
        abort(404)

    return routes


def _tag(kind: str, revision: Revision) -> str:
    # The time too: a database that was set up anew counts from the beginning again.
    changed_at = revision.changed_at.timestamp() if revision.changed_at else 0.0
    alive = f"-{int(revision.database)}" if kind == "revision" else ""
    return f"{kind}-{revision.number}-{changed_at:.6f}{alive}"


def _revalidated(tag: str, body: Callable[[], str]) -> Response:
    known: ETags = request.if_none_match
    unchanged = known.contains_weak(tag)
    answer = Response(status=304) if unchanged else Response(body(), content_type="application/json")
    answer.set_etag(tag)
    answer.headers["Cache-Control"] = "no-cache"
    return answer


def _revision_body(revision: Revision) -> str:
    return json.dumps(
        {
            "revision": revision.number,
            "changed_at": _plain(revision.changed_at),
            "database": revision.database,
            "subjects": dict(revision.subjects),
        }
    )


def _feed_body(feed: SignalFeed) -> dict[str, Any]:
    dataset = feed.status.dataset
    return {
        "dataset": {
            "provider": dataset.provider,
            "label": dataset.label,
            "price_basis": dataset.price_basis.value,
            "historical": dataset.historical,
            "simulated": dataset.simulated,
            "banner": dataset.banner,
            "n_symbols": feed.status.n_symbols,
            "last_session": _plain(feed.status.last_session),
            "refreshed_at": _plain(feed.status.refreshed_at),
        },
        "as_of": _plain(feed.as_of),
        "computed_at": _plain(feed.computed_at),
        "signals": [_row_body(row) for row in feed.rows],
    }


def _row_body(row: FeedRow) -> dict[str, Any]:
    scalars = {name: _plain(getattr(row, name)) for name in _ROW_FIELDS}
    return {**scalars, "made_of": dict(row.made_of)}


def _plain(value: object) -> object:
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
