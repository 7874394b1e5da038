"""Explanations without a database."""

from dataclasses import dataclass, field
from datetime import date

from models.domain.errors import GlassboxError
from models.domain.explanation_views import ModelWhy
from tests.explanation_records import explanation_of, why_of


@dataclass
class FakeWhyQueries:
    """Answers like the real queries; ``fault`` is raised instead where it is set."""

    why_now: ModelWhy = field(default_factory=why_of)
    fault: GlassboxError | None = None
    asked: list[tuple[str, date | None, int | None]] = field(default_factory=list)

    def why(self, symbol: str, as_of: date | None = None, model_id: int | None = None) -> ModelWhy:
        """Return what was put in, of that symbol where it has an explanation."""
        self.asked.append((symbol, as_of, model_id))
        if self.fault:
            raise self.fault
        if self.why_now.symbol == symbol or self.why_now.explanation is None:
            return self.why_now
        return why_of(explanation_of(symbol))
