"""Whose column is which: names as files have them, and ours."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from models.domain.errors import InvalidMarketDataError

PRICES = ("open", "high", "low", "close")
NUMBERS = (*PRICES, "volume", "adj_close", "dividend")

# Ours -> theirs, as `normalise` leaves them; where a file has two, the first counts.
_SYNONYMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "session": (
            "session", "date", "datetime", "timestamp", "day", "trade_date", "trading_date",
            "trading_day", "quote_date", "as_of_date", "dt",
        ),
        "symbol": (
            "symbol", "ticker", "code", "tic", "ticker_symbol", "stock", "security_symbol", "act_symbol",
        ),
        "open": ("open", "o", "open_price", "px_open", "price_open"),
        "high": ("high", "h", "high_price", "px_high", "price_high", "max"),
        "low": ("low", "l", "low_price", "px_low", "price_low", "min"),
        "close": ("close", "c", "close_price", "close_last", "px_last", "price_close", "last", "price"),
        "volume": ("volume", "v", "vol", "px_volume", "shares_traded"),
        "adj_close": ("adj_close", "adjclose", "adjusted_close", "adj_close_price", "close_adj"),
        "dividend": (
            "dividend", "dividends", "div_cash", "divcash", "dividend_amount", "ex_dividend", "cash_dividend",
        ),
        "split": (
            "split", "splits", "stock_splits", "stock_split", "split_ratio", "split_factor", "splitfactor",
            "split_coefficient",
        ),
        "adjusted": ("adjusted", "is_adjusted", "fully_adjusted"),  # a flag, or the adjusted close
        "sector": ("sector", "gics_sector", "gicssector", "sector_name"),
        "industry": ("industry", "gics_sub_industry", "gics_industry", "sub_industry"),
        "name": ("company", "company_name", "security", "name", "long_name", "security_name", "short_name"),
        "start": ("start", "start_date", "from", "from_date", "date_added", "added", "entry", "date_in"),
        "end": (
            "end", "end_date", "to", "thru", "through", "to_date", "date_removed", "removed", "exit",
            "date_out",
        ),
        "action": ("action", "corporate_action", "action_type", "event", "event_type", "kind"),
        "other_symbol": (
            "other_symbol", "other_ticker", "new_symbol", "new_ticker", "successor", "acquirer", "into",
            "merged_into",
        ),
        "action_value": ("action_value", "cash_per_share", "last_price"),
    }
)  # fmt: skip
_OURS = MappingProxyType({theirs: ours for ours, names in _SYNONYMS.items() for theirs in names})
_INDEX_NAMES = frozenset({"", "unnamed_0", "index_level_0"})


class OtherTableError(InvalidMarketDataError):
    """A sound table of something else than we read; in a folder it is passed over."""


def normalise(name: str) -> str:
    """Return a column's name in lower case, words joined by ``_`` and nothing else: ``Adj Close**``."""
    words = re.sub(r"([a-z])([A-Z])", r"\1_\2", name.strip())
    return re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")


def count_known(names: Sequence[str]) -> int:
    """Return how many different fields of ours a header line names."""
    return len({_OURS[name] for name in map(normalise, names) if name in _OURS})


def match_columns(names: Sequence[str], where: str) -> dict[str, int]:
    """Return the position of each field that the columns name.

    Raises
    ------
    InvalidMarketDataError
        If a name that counts stands twice.
    """
    plain = [normalise(name) for name in names]
    found: dict[str, int] = {}
    for ours, theirs in _SYNONYMS.items():
        chosen = next((name for name in theirs if name in plain), None)
        if chosen is None:
            continue
        if plain.count(chosen) > 1:
            first = plain.index(chosen)
            raise InvalidMarketDataError(
                f"{where}: the column {names[first]} stands twice (columns {first + 1} and "
                f"{plain.index(chosen, first + 1) + 1}); remove or rename one"
            )
        found[ours] = plain.index(chosen)
    has_prices = len(found.keys() & set(PRICES)) >= 2
    if has_prices and "symbol" not in found and "name" in found:
        found["symbol"] = found.pop("name")  # all_stocks_5yr calls the ticker Name
    if has_prices and "session" not in found and plain and plain[0] in _INDEX_NAMES:
        found["session"] = 0  # a data frame written with its nameless index
    return found


def roles_of(fields: Mapping[str, int] | Sequence[str]) -> frozenset[str]:
    """Return what a file with these fields holds: any of bars, sectors, membership; or actions."""
    known = set(fields)
    roles = set()
    if "session" in known and "close" in known:
        roles.add("bars")
    if "symbol" in known and "sector" in known:
        roles.add("sectors")
    if {"symbol", "start", "end"} <= known and "bars" not in roles:
        roles.add("membership")
    if {"session", "symbol", "action"} <= known and not roles:
        roles.add("actions")
    return frozenset(roles)


def check_roles(fields: Mapping[str, int], names: Sequence[str], where: str) -> frozenset[str]:
    """Return the file's roles.

    Raises
    ------
    InvalidMarketDataError
        If it has none, or is of prices that lack a column.
    """
    roles = roles_of(fields)
    shown = ", ".join(name.strip()[:30] for name in names[:12]) or "none"
    looks_like_bars = bool(fields.keys() & {*PRICES, "adj_close", "volume"})
    if "bars" in roles or (looks_like_bars and not roles):
        missing = [name for name in ("session", *PRICES) if name not in fields]
        if missing:
            words = ", ".join("date" if name == "session" else name for name in missing)
            raise InvalidMarketDataError(
                f"{where}: has no column {words}; a file of prices needs date, open, high, low, close and "
                f"volume. It has: {shown}. Rename the columns, or leave the file out of DATA_PATH"
            )
    if not roles:
        raise OtherTableError(
            f"{where}: its columns say neither prices (date, open, high, low, close, volume), nor sectors "
            f"(symbol, sector), nor membership (symbol, start, end), nor corporate actions (symbol, date, "
            f"action). It has: {shown}. "
            "Rename the columns, or leave the file out of DATA_PATH"
        )
    return roles
