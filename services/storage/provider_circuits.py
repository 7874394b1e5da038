"""Whether providers, and single symbols of them, are asked at present."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select
from sqlalchemy.dialects.postgresql import insert

from models.domain.market import CircuitState, ProviderCircuit
from models.tables import provider_circuits

_KEYS = ("provider", "symbol")
_COLUMNS = tuple(column.name for column in provider_circuits.columns)


class SqlProviderCircuitRepository:
    """``ProviderCircuitRepository`` on PostgreSQL."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, provider: str) -> tuple[ProviderCircuit, ...]:
        """Return a provider's circuit, whose symbol is empty, and those of its symbols, by symbol."""
        return self._read(select(provider_circuits).where(provider_circuits.c.provider == provider))

    def of_providers(self) -> tuple[ProviderCircuit, ...]:
        """Return the circuits of the providers themselves."""
        return self._read(select(provider_circuits).where(provider_circuits.c.symbol == ""))

    def all(self) -> tuple[ProviderCircuit, ...]:
        """Return every circuit by provider and symbol; a provider's own comes first."""
        return self._read(select(provider_circuits))

    def failing_symbols(self) -> dict[str, int]:
        """Return how many symbols of each provider failed when they were asked last."""
        counted = (
            select(provider_circuits.c.provider, func.count().label("n"))
            .where(provider_circuits.c.symbol != "", provider_circuits.c.n_failures > 0)
            .group_by(provider_circuits.c.provider)
        )
        return {row.provider: row.n for row in self._connection.execute(counted)}

    def save(self, circuits: Sequence[ProviderCircuit]) -> None:
        """Insert or replace by (provider, symbol)."""
        if not circuits:
            return
        rows = [
            {name: getattr(circuit, name) for name in _COLUMNS} | {"state": circuit.state.value}
            for circuit in circuits
        ]
        statement = insert(provider_circuits)
        replaced = {name: statement.excluded[name] for name in _COLUMNS if name not in _KEYS}
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=list(_KEYS), set_=replaced), rows
        )

    def _read(self, query: Select[Any]) -> tuple[ProviderCircuit, ...]:
        ordered = query.order_by(provider_circuits.c.provider, provider_circuits.c.symbol)
        return tuple(_circuit(row) for row in self._connection.execute(ordered))


def _circuit(row: Row[Any]) -> ProviderCircuit:
    return ProviderCircuit(
        **{name: getattr(row, name) for name in _COLUMNS if name != "state"}, state=CircuitState(row.state)
    )
