"""``StoredHistory`` over units of work: each question is a short transaction of its own."""

from collections.abc import Sequence

from models.domain.market import Instrument, ProviderCircuit
from models.domain.providers import StoredMarket
from services.ports import UnitOfWorkFactory


class StoredInDatabase:
    """What the database knows of a provider."""

    def __init__(self, open_work: UnitOfWorkFactory) -> None:
        self._open_work = open_work

    def market(self, provider: str, fingerprint: str, n_sessions: int) -> StoredMarket | None:
        """Return what is stored of a dataset, with each symbol's last sessions; None: no bar is."""
        with self._open_work() as work:
            dataset_id = work.datasets.find(provider, fingerprint)
            if dataset_id is None:
                return None
            recent = work.bars.recent(dataset_id, n_sessions)
            members = work.datasets.instruments(dataset_id)
        if recent.empty:
            return None
        instruments = {
            row["symbol"]: Instrument(
                row["symbol"],
                row["name"],
                row["sector"] if isinstance(row["sector"], str) else None,
                row["in_universe"],
                row["note"],
            )
            for row in members.to_dict("records")
        }
        return StoredMarket(instruments, recent)

    def circuits(self, provider: str) -> Sequence[ProviderCircuit]:
        """Return the provider's circuit and those of its symbols, as far as any is known."""
        with self._open_work() as work:
            return work.provider_circuits.of(provider)

    def save_circuits(self, circuits: Sequence[ProviderCircuit], *, changed_state: bool = False) -> None:
        """Store circuits at once; a change of the provider's state counts as news of the jobs."""
        with self._open_work() as work:
            work.provider_circuits.save(circuits)
            if changed_state:
                work.touch("jobs")
            work.commit()
