"""Which models there are and which one serves, as far as explanations name them."""

from collections.abc import Sequence

from models.domain.explanation_views import ModelStamp
from models.domain.networks import NETWORK_WINDOW_SESSIONS
from models.domain.registry import ModelRecord, serving_order


def serving_model(records: Sequence[ModelRecord]) -> ModelRecord | None:
    """Return the model whose scores are shown now: the first in order whose files are sound."""
    return next((one for one in serving_order(records) if not one.fault), None)


def stamp_of(record: ModelRecord) -> ModelStamp:
    """Return what an explanation says of its model."""
    trained = record.trained
    window = trained.configuration.get("window_sessions", NETWORK_WINDOW_SESSIONS)
    return ModelStamp(
        id=record.id,
        name=record.name,
        status=record.status,
        is_proven=record.is_proven,
        is_forced=record.is_forced,
        content_hash=trained.content_hash,
        trained_at=trained.trained_at,
        train_to=trained.train_to,
        window_sessions=int(window),
    )
