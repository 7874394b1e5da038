"""Bars and corporate events, with their versions."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Table, bindparam, func, select, true, update

from models.domain.errors import UnknownSymbolError
from models.domain.market import EVENT_COLUMNS, EventKind, PricePanel
from models.domain.retention import VersionSubject
from models.tables import bar_versions, bars, datasets, event_versions, events, instruments, memberships
from services.quant.adjustment import Adjustment, adjustment_of, growth_factors
from services.storage.binary_copy import to_dates
from services.storage.bulk import RowsSent, copy_out
from services.storage.merging import MergeTarget, merge
from services.storage.retention import check_retained

_BARS = MergeTarget(bars, versions=bar_versions)
_EVENTS = MergeTarget(events, versions=event_versions)
_PRICES = ("open", "high", "low", "close", "volume")
_BAR_KINDS = {
    "instrument_id": "int4",
    "session": "date",
    **dict.fromkeys(_PRICES, "float8"),
    "known_at": "timestamptz",
}
_EVENT_COLUMNS = ("instrument_id", "session", "kind", "value")
_EVENT_KINDS = {"instrument_id": "int4", "session": "date", "is_split": "int2", "value": "float8"}


class SqlBarRepository:
    """``BarRepository`` on PostgreSQL."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def merge_bars(
        self, ids: Mapping[str, int], bars: pd.DataFrame, now: datetime, on_rows: RowsSent | None = None
    ) -> int:
        """Store what is new or changed; a changed bar keeps its old version. Return the rows written."""
        return self._merge(_BARS, ids, bars, now, on_rows)

    def merge_events(self, ids: Mapping[str, int], events: pd.DataFrame, now: datetime) -> int:
        """Store new or changed events. Return the rows written."""
        if "detail" not in events.columns:
            events = events.assign(detail="")
        return self._merge(_EVENTS, ids, events, now, None)

    def _merge(
        self,
        target: MergeTarget,
        ids: Mapping[str, int],
        facts: pd.DataFrame,
        now: datetime,
        on_rows: RowsSent | None,
    ) -> int:
        """Merge and note from which session on the scores of each instrument no longer hold."""
        merged = merge(self._connection, target, _with_instrument(facts, ids), now, on_rows)
        if merged.first_sessions:
            changed_from = func.least(instruments.c.changed_from, bindparam("first"))  # NULL counts as later
            self._connection.execute(
                update(instruments)
                .where(instruments.c.id == bindparam("owner"))
                .values(changed_from=changed_from),
                [{"owner": owner, "first": first} for owner, first in merged.first_sessions.items()],
            )
        return merged.n_rows

    def panel(
        self,
        dataset_id: int,
        *,
        symbols: Sequence[str] | None = None,
        from_session: date | None = None,
        to_session: date | None = None,
        known_by: datetime | None = None,
    ) -> PricePanel:
        """Return bars of the universe, or of ``symbols``, as believed now or as known at a moment.

        Raises
        ------
        PrunedHistoryError
            If what was known at that moment is partly deleted by now.
        """
        members = self._members(dataset_id, symbols)
        ids = np.array(list(members), dtype=np.int64)
        where = _filter(ids, from_session, to_session)
        found = copy_out(
            self._connection,
            f"SELECT {_bar_expressions()} "  # noqa: S608
            f"FROM {_as_known(bars, bar_versions, tuple(_BAR_KINDS), known_by)} AS facts "
            f"WHERE {where} ORDER BY instrument_id, session",
            _BAR_KINDS,
        )
        actions = copy_out(
            self._connection,
            f"SELECT instrument_id, session, (kind = '{EventKind.SPLIT}')::int::smallint, value "  # noqa: S608
            f"FROM {_as_known(events, event_versions, _EVENT_COLUMNS, known_by)} AS facts WHERE {where} "
            f"AND kind IN ('{EventKind.SPLIT}', '{EventKind.DIVIDEND}')",
            _EVENT_KINDS,
        )
        check_retained(self._connection, known_by, VersionSubject.BARS, VersionSubject.EVENTS)
        return _build_panel(members, found, actions, self._adjustment(dataset_id))

    def events(
        self, dataset_id: int, kinds: Collection[EventKind] = (), symbols: Collection[str] = ()
    ) -> pd.DataFrame:
        """Return corporate actions (symbol, session, kind, value, detail), sorted; all kinds unless named."""
        named = (instruments.c.symbol, *(events.c[name] for name in ("session", "kind", "value", "detail")))
        query = (
            select(*named)
            .join(instruments, instruments.c.id == events.c.instrument_id)
            .where(instruments.c.dataset_id == dataset_id)
            .order_by(*named[:3])
        )
        if kinds:
            query = query.where(events.c.kind.in_([kind.value for kind in kinds]))
        if symbols:
            query = query.where(instruments.c.symbol.in_(symbols))
        rows = self._connection.execute(query).all()
        frame = pd.DataFrame(rows, columns=[column.name for column in named])
        return frame.astype(dict(EVENT_COLUMNS) | {"detail": "str"})

    def _adjustment(self, dataset_id: int) -> Adjustment:
        provider = select(datasets.c.provider).where(datasets.c.id == dataset_id)
        return adjustment_of(str(self._connection.execute(provider).scalar_one()))

    def recent(self, dataset_id: int, n_sessions: int) -> pd.DataFrame:
        """Return symbol, session, close of each symbol's last bars, sorted, whoever is in the universe."""
        last = (
            select(bars.c.session, bars.c.close)
            .where(bars.c.instrument_id == instruments.c.id)
            .order_by(bars.c.session.desc())
            .limit(n_sessions)
            .lateral("last")
        )
        rows = self._connection.execute(
            select(instruments.c.symbol, last.c.session, last.c.close)
            .select_from(instruments.join(last, true()))
            .where(instruments.c.dataset_id == dataset_id)
            .order_by(instruments.c.symbol, last.c.session)
        )
        frame = pd.DataFrame(rows.all(), columns=["symbol", "session", "close"])
        return frame.astype({"symbol": "str", "session": "datetime64[s]", "close": "float64"})

    def sessions(self, dataset_id: int, *, known_by: datetime | None = None) -> np.ndarray:
        """Return the sessions on which any symbol of the universe has a bar, datetime64[D], ascending."""
        ids = np.array(list(self._members(dataset_id, None)), dtype=np.int64)
        facts = _as_known(bars, bar_versions, ("instrument_id", "session"), known_by)
        found = copy_out(
            self._connection,
            f"SELECT DISTINCT session FROM {facts} AS facts WHERE {_filter(ids, None)} ORDER BY session",  # noqa: S608
            {"session": "date"},
        )
        check_retained(self._connection, known_by, VersionSubject.BARS)
        return to_dates(found["session"])

    def is_member(self, panel: PricePanel) -> np.ndarray:
        """Return whether each row's symbol belonged to the universe that day; True where nothing says when.

        Returns
        -------
        bool array, shape (panel.n_rows,)
        """
        spells = self._connection.execute(
            select(memberships).where(memberships.c.instrument_id.in_(panel.instrument_ids.tolist()))
        ).all()
        member = np.full(panel.n_rows, not spells)
        places = {number: place for place, number in enumerate(panel.instrument_ids.tolist())}
        for spell in spells:
            place = places[spell.instrument_id]
            rows = slice(int(panel.starts[place]), int(panel.starts[place + 1]))
            session = panel.session[rows]
            end = np.datetime64(spell.end_session or date.max, "D")
            member[rows] |= (session >= np.datetime64(spell.start_session, "D")) & (session < end)
        return member

    def _members(self, dataset_id: int, symbols: Sequence[str] | None) -> dict[int, str]:
        query = (
            select(instruments.c.id, instruments.c.symbol)
            .where(instruments.c.dataset_id == dataset_id)
            .order_by(instruments.c.id)
        )
        query = query.where(
            instruments.c.in_universe if symbols is None else instruments.c.symbol.in_(symbols)
        )
        members = {row.id: row.symbol for row in self._connection.execute(query)}
        unknown = sorted(set(symbols or ()) - set(members.values()))
        if unknown:
            raise UnknownSymbolError(
                f"No symbol {', '.join(unknown)} in this dataset; `export signals` lists those there are"
            )
        return members


def _filter(ids: np.ndarray, from_session: date | None, to_session: date | None = None) -> str:
    numbers = ", ".join(map(str, ids.tolist())) or "NULL"
    where = f"instrument_id IN ({numbers})"
    if from_session is not None:
        where += f" AND session >= DATE '{from_session.isoformat()}'"
    if to_session is not None:
        where += f" AND session <= DATE '{to_session.isoformat()}'"
    return where


def _bar_expressions() -> str:
    prices = [f"coalesce({name}, 'NaN')" for name in _PRICES]
    return ", ".join(["instrument_id", "session", *prices, "known_at"])


def _as_known(table: Table, versions: Table, columns: Sequence[str], known_by: datetime | None) -> str:
    """Return the table, or what of it and its versions was believed at a moment."""
    if known_by is None:
        return table.name
    moment = f"TIMESTAMPTZ '{known_by.isoformat()}'"
    named = ", ".join(columns)
    return (
        f"(SELECT {named} FROM {table.name} WHERE known_at <= {moment} UNION ALL "  # noqa: S608
        f"SELECT {named} FROM {versions.name} WHERE known_at <= {moment} AND believed_until > {moment})"
    )


def _with_instrument(frame: pd.DataFrame, ids: Mapping[str, int]) -> pd.DataFrame:
    return frame.assign(instrument_id=frame["symbol"].map(ids).astype("int64"))


def _build_panel(
    members: Mapping[int, str], found: np.ndarray, actions: np.ndarray, adjustment: Adjustment
) -> PricePanel:
    row_ids = found["instrument_id"].astype(np.int64)
    present = np.unique(row_ids)
    starts = np.searchsorted(row_ids, np.append(present, np.iinfo(np.int64).max))
    columns: dict[str, Any] = {name: found[name].astype(np.float64) for name in _PRICES}
    session = to_dates(found["session"])
    dividend, split = _actions_by_row(row_ids, session, actions)
    if not adjustment.applies_splits:
        split = np.ones_like(split)
    gross_growth, share_growth = growth_factors(
        starts, columns["close"], dividend, split, on_previous_close=adjustment.on_previous_close
    )
    return PricePanel(
        symbols=tuple(members[number] for number in present.tolist()),
        instrument_ids=present,
        starts=starts.astype(np.int64),
        session=session,
        known_at=np.datetime64("2000-01-01T00:00:00", "us") + found["known_at"].astype("timedelta64[us]"),
        dividend=dividend,
        split=split,
        gross_growth=gross_growth,
        share_growth=share_growth,
        **columns,
    )


def _actions_by_row(
    row_ids: np.ndarray, session: np.ndarray, actions: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Lay events on the bar of their session, or on the first one after it: a halt moves no money."""
    dividend = np.zeros(row_ids.size)
    split = np.ones(row_ids.size)
    if actions.size == 0:
        return dividend, split
    day = session.astype(np.int64)
    width = 10_000_000  # days are far fewer, so (instrument, day) sorts as one number
    keys = row_ids * width + day
    wanted = actions["instrument_id"].astype(np.int64) * width + to_dates(actions["session"]).astype(np.int64)
    row = np.searchsorted(keys, wanted)
    fits = row < row_ids.size
    fits[fits] = row_ids[row[fits]] == actions["instrument_id"][fits]
    row, value, is_split = row[fits], actions["value"][fits], actions["is_split"][fits] == 1
    np.add.at(dividend, row[~is_split], value[~is_split])
    np.multiply.at(split, row[is_split], value[is_split])
    return dividend, split
