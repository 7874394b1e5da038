"""The sample, ingested and scored, as the scoring tests have it."""

from tests.integration.scoring.conftest import desk, market, scored

__all__ = ["desk", "market", "scored"]
