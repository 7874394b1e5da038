"""How far what a model sees, and what it says, have moved away from its training."""

from dataclasses import dataclass
from datetime import date

_NAMED = 5


@dataclass(frozen=True)
class Drift:
    """Population stability indices of the newest sessions against the training sample of a model.

    Counted are ``n`` windows of every few sessions from ``first_session`` to ``session``. ``indices`` and
    ``usual`` go with ``feature_names``: the index now, and the one that 95 % of as long stretches of the
    training itself stayed below; None where it cannot be told. ``score_index`` and ``score_usual``: the same
    of P(Up) less P(Down), against the sessions that the model was calibrated on. ``slight`` and ``marked``:
    the thresholds in use everywhere.
    """

    session: date
    first_session: date
    n: int
    feature_names: tuple[str, ...]
    indices: tuple[float | None, ...]
    usual: tuple[float | None, ...]
    score_index: float | None
    score_usual: float | None
    slight: float
    marked: float

    @property
    def moved(self) -> tuple[str, ...]:
        """Features that have markedly moved, further than is usual for them, the furthest first."""
        return self._beyond(self.marked, None)

    @property
    def shifted(self) -> tuple[str, ...]:
        """Features that have moved a little, further than is usual for them, the furthest first."""
        return self._beyond(self.slight, self.marked)

    @property
    def n_above_mark(self) -> int:
        """How many are above the threshold, those included that often are."""
        return sum(index is not None and index >= self.marked for index in self.indices)

    @property
    def has_score_moved(self) -> bool:
        """Whether what the model says has markedly moved, further than is usual for it."""
        if self.score_index is None or self.score_index < self.marked:
            return False
        return self.score_usual is None or self.score_index > self.score_usual

    def sentence(self) -> str:
        """Say it."""
        n = len(self.feature_names)
        score = "; what the model says has moved too" if self.has_score_moved else ""
        if self.moved:
            have = "has" if len(self.moved) == 1 else "have"
            return f"{len(self.moved)} of {n} features {have} moved: {_listed(self.moved)}{score}"
        if self.has_score_moved:
            return f"none of {n} features has moved, but what the model says has"
        if self.shifted:
            return f"nothing has moved far; {len(self.shifted)} of {n} a little: {_listed(self.shifted)}"
        return f"nothing has moved: {n} features and the score lie as in training"

    def _beyond(self, threshold: float, below: float | None) -> tuple[str, ...]:
        found = [
            (-index, name)
            for name, index, usual in zip(self.feature_names, self.indices, self.usual, strict=True)
            if index is not None
            and index >= threshold
            and (below is None or index < below)
            and (usual is None or index > usual)
        ]
        return tuple(name for _, name in sorted(found))


def _listed(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
