"""What ``train`` found, as a table for a person."""

from collections.abc import Mapping
from typing import Any

_HEAD = (
    "",
    "accuracy",
    "IC (95 %)",
    "AUC",
    "net a year",
    "over equal weight (95 %)",
    "random books below",
    "Sharpe (95 %)",
    "P(true > 0)",
    "deflated",
)
_UNKNOWN = "-"


def training_table(report: Mapping[str, Any]) -> str:
    """Return a line a model, out of sample, and what the ledger says of the search."""
    rows: list[tuple[str, ...]] = [_HEAD]
    rows += [_row(name, model) for name, model in report["models"].items()]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    book = next(iter(report["models"].values()))["book"]
    return "\n".join([*lines, _ground(book), _search(report)])


def _row(name: str, model: Mapping[str, Any]) -> tuple[str, ...]:
    book, sharpe = model["book"], model["sharpe"]
    return (
        name,
        _percent(model["accuracy"]),
        _interval(model["ic"], model["ic_low"], model["ic_high"], 3),
        _plain(model["auc"], 3),
        _percent(book["annual_return"]),
        _percents(book["excess_over_equal_weight"], book["excess_low"], book["excess_high"]),
        _percent(book["random_books_percentile"]),
        _interval(book["sharpe"], book["sharpe_low"], book["sharpe_high"], 2),
        _percent(sharpe["probabilistic"]),
        _percent(sharpe["deflated"]),
    )


def _ground(book: Mapping[str, Any]) -> str:
    return (
        f"Books: {book['sizing']} sizing, after costs, {book['n_sessions']:,} sessions to "
        f"{book['last_session']}; the universe at equal weights made {_percent(book['equal_weight_return'])} "
        f"a year, and beside each book stand {book['n_random_books']:,} random ones of its turnover"
    )


def _search(report: Mapping[str, Any]) -> str:
    found = report["overfitting"]
    chance = found["reason"] or f"{_percent(found['probability'])} ({found['n_splits']:,} splits)"
    return (
        f"{report['n_trials']:,} configurations tried on these data; probability of backtest overfitting "
        f"over {found['n_variants']} variants on {found['n_sessions']:,} common sessions: {chance}"
    )


def _percent(value: float | None, *, sign: bool = False) -> str:
    return _UNKNOWN if value is None else f"{100.0 * value:{'+' if sign else ''}.1f} %"


def _percents(value: float | None, low: float | None, high: float | None) -> str:
    if value is None or low is None or high is None:
        return _percent(value, sign=True)
    return f"{_percent(value, sign=True)} ({100.0 * low:+.1f} to {100.0 * high:+.1f})"


def _interval(value: float | None, low: float | None, high: float | None, digits: int) -> str:
    if value is None:
        return _UNKNOWN
    return f"{value:.{digits}f} ({_plain(low, digits)} to {_plain(high, digits)})"


def _plain(value: float | None, digits: int) -> str:
    return _UNKNOWN if value is None else f"{value:.{digits}f}"
