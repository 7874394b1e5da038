"""What an administrator makes of a rejected row: release it into the bars, or confirm that it stays out."""

from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Engine

from models.domain.errors import InvalidRequestError, NotYetComputedError
from models.domain.market import BAR_COLUMNS, QuarantineKey, QuarantineStatus
from models.domain.users import Role
from services.commands.access import require_role
from services.ports import Clock
from services.quant.sessions import exchange_sessions, last_completed_session
from services.storage.unit_of_work import SqlUnitOfWork

_RELEASED, _CONFIRMED = "quarantine_release", "quarantine_confirm"
_PRICES = ("open", "high", "low", "close")


class QuarantineCommands:
    """The commands on the quarantine of the dataset that pages show.

    All need the role admin and are written to the audit log. They raise ``NotAllowedError`` where whoever
    asks lacks the role, ``DatabaseUnavailableError`` while there is no database.
    """

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def release(self, key: QuarantineKey, address: str = "") -> None:
        """Store a rejected row as a bar, known from now on; a row that is released already stays so.

        A bar that was stored for its session keeps its old version. The next runs assess the prices and
        compute the scores from its session on again.

        Parameters
        ----------
        key : QuarantineKey
            Which row.
        address : str
            Where the request came from, for the audit log.

        Raises
        ------
        InvalidRequestError
            If there is no such row, its values cannot make a bar, its date is no completed session, or
            another row of its session was released.
        """
        actor, now = require_role(Role.ADMIN), self._clock.now()
        with SqlUnitOfWork(self._engine) as work:
            dataset_id, row = _find(work, key)
            if row["status"] == QuarantineStatus.RELEASED:
                return
            _store(work, dataset_id, _as_bar(row, now), now)
            work.quarantine.decide(dataset_id, key, QuarantineStatus.RELEASED, actor.username, now)
            work.audit.add(now, actor.username, _RELEASED, _subject(dataset_id, row), address, **_place(key))
            work.touch("data")
            work.commit()

    def confirm(self, key: QuarantineKey, address: str = "") -> None:
        """Write down that a row was rightly rejected; a row that is confirmed already stays so.

        Parameters
        ----------
        key : QuarantineKey
            Which row.
        address : str
            Where the request came from, for the audit log.

        Raises
        ------
        InvalidRequestError
            If there is no such row, or it was released: what has been known as a bar cannot become unknown.
        """
        actor, now = require_role(Role.ADMIN), self._clock.now()
        with SqlUnitOfWork(self._engine) as work:
            dataset_id, row = _find(work, key)
            if row["status"] == QuarantineStatus.CONFIRMED:
                return
            if row["status"] == QuarantineStatus.RELEASED:
                raise InvalidRequestError(
                    f"{_words(row)} was released by {row['decided_by']} and is a bar by now; correct it at "
                    "the source instead"
                )
            work.quarantine.decide(dataset_id, key, QuarantineStatus.CONFIRMED, actor.username, now)
            work.audit.add(now, actor.username, _CONFIRMED, _subject(dataset_id, row), address, **_place(key))
            work.touch("data")
            work.commit()


def _find(work: SqlUnitOfWork, key: QuarantineKey) -> tuple[int, dict[str, Any]]:
    status = work.datasets.active()
    if status is None or status.dataset.id is None:
        raise NotYetComputedError("No prices are stored yet: run `python -m app ingest` first")
    dataset_id = status.dataset.id
    row = work.quarantine.row(dataset_id, key)
    if row is None:
        raise InvalidRequestError(
            f"No row of {key.symbol or 'an unknown symbol'} from {key.source} is in quarantine under "
            f"{key.rule.replace('_', ' ')} any more; the source has mended it. Load the page again"
        )
    return dataset_id, row


def _store(work: SqlUnitOfWork, dataset_id: int, bar: pd.DataFrame, now: datetime) -> None:
    symbol, session = str(bar["symbol"].iloc[0]), bar["session"].iloc[0]
    known = work.datasets.instruments(dataset_id).set_index("symbol")["id"]
    if symbol not in known.index:
        raise InvalidRequestError(f"{symbol} is not in this dataset any more; its rows cannot be released")
    others = work.quarantine.rows(dataset_id, symbols=[symbol], status=QuarantineStatus.RELEASED)
    if (pd.to_datetime(others["session"]) == session).any():
        raise InvalidRequestError(
            f"Another row of {symbol} on {session:%Y-%m-%d} was released already; a session has one bar. "
            "Confirm this one"
        )
    work.bars.merge_bars({symbol: int(known[symbol])}, bar, now)


def _as_bar(row: dict[str, Any], now: datetime) -> pd.DataFrame:
    """Return a rejected row by ``BAR_COLUMNS`` with ``known_at``, if it can be a bar at all."""
    is_index = str(row["symbol"]).startswith("^")
    needed = _PRICES if is_index else (*_PRICES, "volume")
    missing = [name for name in needed if row[name] is None or not np.isfinite(row[name])]
    if row["symbol"] == "" or row["session"] is None or missing:
        lacking = ", ".join(missing) or ("date" if row["symbol"] else "symbol")
        raise InvalidRequestError(
            f"{_words(row)} cannot be released: it has no {lacking}. Correct the source"
        )
    if min(row[name] for name in _PRICES) <= 0.0 or (not is_index and row["volume"] < 0.0):
        raise InvalidRequestError(
            f"{_words(row)} cannot be released: no return can be computed from {row['detail']}. Correct the "
            "source"
        )
    session = np.datetime64(row["session"], "D")
    if session not in exchange_sessions(before_1990=bool(session < np.datetime64("1990-01-01"))):
        raise InvalidRequestError(
            f"{_words(row)} cannot be released: the New York Stock Exchange was closed that day"
        )
    if session > last_completed_session(now):
        raise InvalidRequestError(f"{_words(row)} cannot be released: that session has not ended yet")
    bar = {name: [row[name]] for name in BAR_COLUMNS} | {"session": [pd.Timestamp(row["session"])]}
    known_at = pd.Timestamp(now).tz_convert("UTC").tz_localize(None)
    return pd.DataFrame(bar).astype(dict(BAR_COLUMNS)).assign(known_at=known_at)


def _words(row: dict[str, Any]) -> str:
    day = f" of {row['session']}" if row["session"] else ""
    return f"The row{day} for {row['symbol'] or 'an unknown symbol'} ({row['source']})"


def _subject(dataset_id: int, row: dict[str, Any]) -> str:
    return f"{dataset_id} {row['symbol']} {row['session'] or 'no date'}"


def _place(key: QuarantineKey) -> dict[str, str]:
    return {"rule": key.rule, "source": key.source}
