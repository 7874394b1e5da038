"""Datasets, sectors and instruments."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import pandas as pd
from sqlalchemy import Connection, Row, delete, func, select, true, update
from sqlalchemy.dialects.postgresql import insert

from models.domain.market import GICS_SECTORS, Dataset, DatasetStatus, Instrument, PriceBasis, SourceState
from models.tables import bars, datasets, instruments, memberships, sectors

_OWN_SECTORS = 999  # numbers above it are of sectors that GICS does not have


class SqlDatasetRepository:
    """``DatasetRepository`` on PostgreSQL."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def save(self, dataset: Dataset, now: datetime) -> int:
        """Insert or refresh by (provider, fingerprint), make it the active one, return its id."""
        described = {
            "label": dataset.label,
            "price_basis": dataset.price_basis.value,
            "historical": dataset.historical,
            "simulated": dataset.simulated,
            "benchmark": dataset.benchmark,
            "survivorship_note": dataset.survivorship_note,
            "banner": dataset.banner,
            "activated_at": now,
            "refreshed_at": now,
        }
        statement = (
            insert(datasets)
            .values(provider=dataset.provider, fingerprint=dataset.fingerprint, created_at=now, **described)
            .on_conflict_do_update(index_elements=["provider", "fingerprint"], set_=described)
            .returning(datasets.c.id)
        )
        return int(self._connection.execute(statement).scalar_one())

    def active(self) -> DatasetStatus | None:
        """Return the dataset that pages show, or None before the first ingestion."""
        row = self._connection.execute(
            select(datasets)
            .where(datasets.c.activated_at.is_not(None))
            .order_by(datasets.c.activated_at.desc(), datasets.c.id.desc())
            .limit(1)
        ).one_or_none()
        if row is None:
            return None
        members = instruments.c.dataset_id == row.id
        n_symbols = self._connection.execute(
            select(func.count()).where(members, instruments.c.in_universe)
        ).scalar_one()
        # One index probe a symbol at each end: an aggregate would read every bar.
        first, last = (
            select(bars.c.session)
            .where(bars.c.instrument_id == instruments.c.id)
            .order_by(order)
            .limit(1)
            .lateral(name)
            for name, order in (("first", bars.c.session), ("last", bars.c.session.desc()))
        )
        sessions = self._connection.execute(
            select(func.min(first.c.session), func.max(last.c.session))
            .select_from(instruments.join(first, true()).join(last, true()))
            .where(members, instruments.c.in_universe)
        ).one()
        return DatasetStatus(_dataset(row), n_symbols, sessions[0], sessions[1], row.refreshed_at)

    def find(self, provider: str, fingerprint: str) -> int | None:
        """Return the number of a dataset, None if there is none."""
        known = select(datasets.c.id).where(
            datasets.c.provider == provider, datasets.c.fingerprint == fingerprint
        )
        return self._connection.execute(known).scalar_one_or_none()

    def reuse(self, source: SourceState, now: datetime) -> int | None:
        """Make the dataset that was read from just this the active one; return its id, None if none was."""
        statement = (
            update(datasets)
            .where(
                datasets.c.provider == source.provider,
                datasets.c.fingerprint == source.fingerprint,
                datasets.c.read_from == source.digest,
            )
            .values(activated_at=now, refreshed_at=now)
            .returning(datasets.c.id)
        )
        return self._connection.execute(statement).scalar_one_or_none()

    def mark_read(self, dataset_id: int, digest: str | None) -> None:
        """Note what the stored rows were read from; None: the next time they are read again."""
        this = update(datasets).where(datasets.c.id == dataset_id)
        self._connection.execute(this.values(read_from=digest))

    def save_instruments(self, dataset_id: int, members: Sequence[Instrument]) -> dict[str, int]:
        """Insert or update by symbol; return the id of every instrument of the dataset by symbol."""
        codes = self._sector_codes(members)
        universe = select(instruments.c.symbol).where(
            instruments.c.dataset_id == dataset_id, instruments.c.in_universe
        )
        before = set(self._connection.execute(universe).scalars())
        rows = [
            {
                "dataset_id": dataset_id,
                "symbol": member.symbol,
                "name": member.name,
                "sector_id": codes[member.sector] if member.sector else None,
                "in_universe": member.in_universe,
                "note": member.note,
            }
            for member in members
        ]
        statement = insert(instruments)
        described = ("name", "sector_id", "in_universe", "note")
        self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["dataset_id", "symbol"],
                set_={name: statement.excluded[name] for name in described},
            ),
            rows,
        )
        # Who is no longer named keeps the history and leaves the universe.
        self._connection.execute(
            update(instruments)
            .where(instruments.c.dataset_id == dataset_id)
            .where(instruments.c.symbol.not_in([member.symbol for member in members]))
            .values(in_universe=False)
        )
        if before and before != {member.symbol for member in members if member.in_universe}:
            self._unsettle(dataset_id)
        found = self._connection.execute(
            select(instruments.c.symbol, instruments.c.id).where(instruments.c.dataset_id == dataset_id)
        )
        return {row.symbol: row.id for row in found}

    def _sector_codes(self, members: Sequence[Instrument]) -> dict[str, int]:
        """Return the number of every sector that is named, adding those that GICS does not have."""
        self._connection.execute(
            insert(sectors).on_conflict_do_nothing(),
            [{"id": code, "name": name} for code, name in GICS_SECTORS.items()],
        )
        codes = {row.name: row.id for row in self._connection.execute(select(sectors))}
        named = dict.fromkeys(member.sector for member in members if member.sector)
        own = [name for name in named if name not in codes]
        first = max(_OWN_SECTORS, *codes.values()) + 1
        added = {name: first + place for place, name in enumerate(own)}
        if added:
            rows = [{"id": code, "name": name} for name, code in added.items()]
            self._connection.execute(insert(sectors), rows)
        return codes | added

    def save_memberships(self, ids: Mapping[str, int], spells: pd.DataFrame) -> int:
        """Replace when instruments belonged to the universe; return how many spells changed.

        Parameters
        ----------
        ids : mapping
            The dataset's instruments by symbol.
        spells : DataFrame
            Columns symbol, start, end (dates; NaT: to this day). Symbols without bars are left out.
        """
        known = spells[spells["symbol"].isin(list(ids))]
        wanted = {
            (ids[symbol], start.date(), None if pd.isna(end) else end.date())
            for symbol, start, end in zip(known["symbol"], known["start"], known["end"], strict=True)
        }
        columns = (memberships.c.instrument_id, memberships.c.start_session, memberships.c.end_session)
        of_dataset = memberships.c.instrument_id.in_(list(ids.values()))
        stored = {tuple(row) for row in self._connection.execute(select(*columns).where(of_dataset))}
        if wanted != stored:
            self._connection.execute(delete(memberships).where(of_dataset))
            names = [column.name for column in columns]
            rows = [dict(zip(names, spell, strict=True)) for spell in wanted]
            if rows:
                self._connection.execute(insert(memberships), rows)
            self._connection.execute(
                update(instruments)
                .where(instruments.c.id.in_(list(ids.values())))
                .values(changed_from=date(1900, 1, 1))
            )
        return len(wanted ^ stored)

    def changed_from(self, dataset_id: int) -> dict[int, date]:
        """Return the first session that changed since it was scored, by instrument of the universe."""
        rows = self._connection.execute(
            select(instruments.c.id, instruments.c.changed_from).where(
                instruments.c.dataset_id == dataset_id,
                instruments.c.in_universe,
                instruments.c.changed_from.is_not(None),
            )
        )
        return {row.id: row.changed_from for row in rows}

    def mark_scored(self, changed: Mapping[int, date]) -> None:
        """Note that what had changed is scored; a change that came meanwhile stands."""
        # One statement for each different day: of an evening there is one, whatever the number of symbols.
        for first in set(changed.values()):
            owners = [owner for owner, day in changed.items() if day == first]
            self._connection.execute(
                update(instruments)
                .where(instruments.c.id.in_(owners), instruments.c.changed_from == first)
                .values(changed_from=None)
            )

    def _unsettle(self, dataset_id: int) -> None:
        """Have everything scored again: ranks are shares of a universe that is another one now."""
        self._connection.execute(
            update(instruments)
            .where(instruments.c.dataset_id == dataset_id)
            .values(changed_from=date(1900, 1, 1))
        )

    def instruments(self, dataset_id: int) -> pd.DataFrame:
        """Return columns id, symbol, name, sector, in_universe, note, sorted by symbol."""
        columns = (
            instruments.c.id,
            instruments.c.symbol,
            instruments.c.name,
            sectors.c.name.label("sector"),
            instruments.c.in_universe,
            instruments.c.note,
        )
        rows = self._connection.execute(
            select(*columns)
            .outerjoin(sectors, sectors.c.id == instruments.c.sector_id)
            .where(instruments.c.dataset_id == dataset_id)
            .order_by(instruments.c.symbol)
        )
        return pd.DataFrame(rows.all(), columns=[column.name for column in columns])


def _dataset(row: Row[tuple[object, ...]]) -> Dataset:
    return Dataset(
        id=row.id,
        provider=row.provider,
        fingerprint=row.fingerprint,
        label=row.label,
        price_basis=PriceBasis(row.price_basis),
        historical=row.historical,
        simulated=row.simulated,
        benchmark=row.benchmark,
        survivorship_note=row.survivorship_note,
        banner=row.banner,
    )
