"""The grid of signals: its columns with their formulas, and a feed as rows."""

from typing import Any

from dash.development.base_component import Component

from components.formats import label_slug, label_text, shares
from components.grids import column, grid, hidden, number
from components.ids import Signals
from models.domain.feed import NO_SECTOR, FeedRow, SignalFeed

SPARK_LEVELS = 40  # heights that a sparkline's points are rounded to: enough for 22 pixels
_NO_SCORE_SPAN = {"function": "glassboxReasonSpan(params)"}


COLUMNS: list[dict[str, Any]] = [
    column("symbol", "Ticker", 1, 72, 64, "Ticker on its exchange", cellClass="ticker"),
    column("name", "Company", 6, 130, 110, "Company name", cellClass="quiet"),
    column("sector", "Sector", 9, 150, 120, "GICS sector", cellClass="quiet"),
    column(
        "label", "Signal", 1, 110, 100,
        "Label of the confluence. By thresholds: Strong buy above 0.65, Buy above 0.55, Hold from 0.45 to "
        "0.55, Sell from 0.35, Strong sell below. By quantiles: highest 5 % of the universe's scores of the "
        "last 252 sessions Strong buy, next 15 % Buy, lowest 5 % Strong sell, next 15 % Sell.",
        valueGetter={"function": "glassboxLabelOf(params.data)"},
        cellRenderer="GlassboxLabel", colSpan=_NO_SCORE_SPAN, comparator={"function": "glassboxByLabel"},
    ),
    column(
        "confluence", "Score", 1, 62, 54,
        "Confluence = technical 40 % + sentiment 30 % + model 30 %; a missing source gives its weight to the "
        "others. 0 is bearish, 0.5 neutral, 1 bullish.",
        **number("score", tooltipValueGetter={"function": "glassboxMadeOf(params.data)"}),
    ),
    column(
        "parts", "RSI · MACD · MA · BB", 3, 126, 124,
        "The four parts of the technical score, each from its neutral 0.5: RSI 25 %, MACD 25 %, moving "
        "averages 30 %, Bollinger bands 20 %.",
        cellRenderer="GlassboxParts", sortable=False,
    ),
    column(
        "made_of", "Made of", 10, 118, 110,
        "The sources that the score is made of, with the weight each had that day.", cellClass="quiet small",
    ),
    column(
        "rank", "Rank", 7, 70, 60,
        "Percentile of the score in the universe that day: 100 % is the highest.", **number("rank"),
    ),
    column(
        "confidence", "Confidence", 4, 88, 86,
        "Probability that the return over the next 5 sessions has the label's sign, fitted on 500 or more "
        "matured out-of-sample signals of labels by thresholds. Empty for Hold, which has no direction, and "
        "until there are enough.",
        valueGetter={"function": "glassboxConfidenceOf(params.data)"},
        **number("confidence", tooltipValueGetter={"function": "glassboxConfidenceNote(params.data)"}),
    ),
    column("close", "Price", 1, 80, 72, "Close of the session", **number("price")),
    column(
        "day_change", "Day", 1, 80, 74, "Total return of the last session",
        cellRenderer="GlassboxChange", type="rightAligned", cellClass="num",
    ),
    column(
        "spark", "60 sessions", 5, 96, 92,
        "Adjusted closes of the last 60 sessions, each row on its own scale.",
        cellRenderer="GlassboxSpark", sortable=False,
    ),
    column(
        "session", "Session", 8, 96, 92,
        "Session that the row stands for; marked where it is older than the feed's.",
        cellRenderer="GlassboxSession",
    ),
    *(hidden(name) for name in (
        "technical", "sentiment", "model", "rsi_score", "macd_score", "ma_score", "bb_score", "reason",
        "quantile_label",
    )),
]  # fmt: skip

# Order and names of the CSV: those of the signals export of the command line where it has them.
EXPORT_COLUMNS = [
    "symbol", "session", "label", "confluence", "technical", "sentiment", "model", "rsi_score",
    "macd_score", "ma_score", "bb_score", "confidence", "name", "sector", "made_of", "rank", "close",
    "day_change", "reason", "quantile_label",
]  # fmt: skip


def signal_grid() -> Component:
    """Return the grid, without rows yet."""
    return grid(
        Signals.GRID,
        COLUMNS,
        EXPORT_COLUMNS,
        {
            "rowClicked": ["glassboxRowClicked(params)"],
            "cellKeyDown": ["glassboxKeyDown(params)"],
            "firstDataRendered": ["glassboxRowsArrived(params)"],
            "rowDataUpdated": ["glassboxRowsArrived(params)"],
            "sortChanged": ["glassboxSorted(params)"],
        },
        row_id="params.data.symbol",
        row_filter="glassboxPasses(params.data)",
        flashes=True,
        rowClassRules={"no-score": "params.data.confluence == null"},
    )


def feed_rows(feed: SignalFeed) -> list[dict[str, Any]]:
    """Return the feed as rows of the grid: newest session first, then by score, those without one last.

    Values that the grid compares to find changed cells are all scalars or text: lists would seem to
    change, and flash, with every update.
    """
    ordered = sorted(
        feed.rows,
        key=lambda row: (
            row.confluence is None,
            -(row.session.toordinal() if row.session else 0),
            -(row.confluence or 0.0),
            row.symbol,
        ),
    )
    return [_row(row, feed) for row in ordered]


def _row(row: FeedRow, feed: SignalFeed) -> dict[str, Any]:
    parts = (row.rsi_score, row.macd_score, row.ma_score, row.bb_score)
    return {
        "symbol": row.symbol,
        "name": row.name,
        "sector": row.sector or NO_SECTOR,
        "note": row.note,
        "label": label_slug(row.label),
        "label_text": label_text(row.label),
        "quantile_label": label_slug(row.quantile_label),
        "confluence": row.confluence,
        "technical": row.technical,
        "sentiment": row.sentiment,
        "model": row.model,
        "rsi_score": row.rsi_score,
        "macd_score": row.macd_score,
        "ma_score": row.ma_score,
        "bb_score": row.bb_score,
        "parts": " ".join(f"{part:.3f}" if part is not None else "-" for part in parts),
        "made_of": shares(row.made_of),
        "rank": row.rank,
        "confidence": row.confidence,
        "confidence_base_rate": row.confidence_base_rate,
        "confidence_note": confidence_note(row),
        "close": row.close,
        "day_change": row.day_change,
        "spark": sparkline(row.history),
        "session": row.session.isoformat() if row.session else None,
        "is_behind": row.session is not None and row.session < feed.as_of,
        "reason": row.reason,
    }


def confidence_note(row: FeedRow) -> str:
    """Return what stands behind a row's confidence, or why there is none; empty without a score."""
    if row.confluence is None or row.label is None:
        return ""
    if row.confidence is not None and row.confidence_base_rate is not None:
        return f"Base rate {row.confidence_base_rate:.1%}, n = {row.confidence_n or 0:,}".replace("%", " %")
    if label_slug(row.label) == "hold":
        return "Hold has no direction to be right about."
    return "Too few matured signals to tell how often this label was right."


def sparkline(closes: tuple[float, ...]) -> str:
    """Return closes as whole heights from 0 to ``SPARK_LEVELS``, space-separated; empty below two."""
    if len(closes) < 2:
        return ""
    low, high = min(closes), max(closes)
    span = (high - low) or 1.0
    return " ".join(str(round((close - low) / span * SPARK_LEVELS)) for close in closes)
