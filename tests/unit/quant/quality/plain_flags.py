"""The soft rules once more, bar by bar and with the standard library alone."""

from itertools import pairwise
from statistics import median

from services.providers.bar_validation import is_session


def plain_flags(panel):
    """Return (symbol, date, rule) of every flag, sorted."""
    bars = {}
    for place, symbol in enumerate(panel.symbols):
        rows = range(int(panel.starts[place]), int(panel.starts[place + 1]))
        bars[symbol] = [
            {
                "day": panel.session[row].item(),
                "close": float(panel.close[row]),
                "value": float(panel.close[row] * panel.gross_growth[row]),
                "volume": float(panel.volume[row]),
                "split": float(panel.split[row]),
            }
            for row in rows
        ]
    days = _calendar(panel)
    place = {day: number for number, day in enumerate(days)}
    moves = {}
    for symbol, series in bars.items():
        for before, bar in pairwise(series):
            if place[bar["day"]] == place[before["day"]] + 1:
                moves[symbol, bar["day"]] = bar["value"] / before["value"] - 1.0
    market = {}
    for day in days:
        known = [move for (symbol, when), move in moves.items() if when == day and symbol[0] != "^"]
        enough = len(known) >= 5
        moved = enough and 2 * sum(move != 0.0 for move in known) >= len(known)
        market[day] = (median(known) if enough else 0.0, moved)
    found = set()
    for symbol, series in bars.items():
        excess = {place[day]: move - market[day][0] for (name, day), move in moves.items() if name == symbol}
        for number, bar in enumerate(series):
            for rule in _rules_of(symbol, series, number, place, excess, market):
                found.add((symbol, bar["day"], rule))
    return sorted(found)


def _calendar(panel):
    first, last = panel.session.min(), panel.session.max()
    days = [first + step for step in range(int((last - first).astype(int)) + 1)]
    own = set(panel.session.tolist())
    return [day.item() for day in days if day.item() in own or is_session(day[None])[0]]


def _rules_of(symbol, series, number, place, excess, market):
    bar = series[number]
    here = place[bar["day"]]
    if bar["volume"] == 0.0 and symbol[0] != "^":
        yield "zero_volume"
    if number == 0:
        return
    before = series[number - 1]
    n_missing = here - place[before["day"]] - 1
    ratio = bar["value"] / before["value"]
    if n_missing > 5:
        yield "gap"
    if n_missing > 20 and abs(ratio - 1.0) > 0.40:
        yield "ticker_reuse"
    near = any(abs(ratio / known - 1.0) <= 0.01 for known in (1 / 4, 1 / 3, 1 / 2, 2 / 3, 2.0, 3.0))
    if near and bar["split"] == 1.0 and n_missing <= 5:
        yield "missed_split"
    if here in excess and abs(excess[here]) > 0.20:
        past = [move for when, move in excess.items() if here - 252 <= when < here]
        if len(past) >= 60:
            middle = median(past)
            if abs(excess[here]) > 8 * 1.4826 * median(abs(move - middle) for move in past):
                yield "unexplained_move"
    if number >= 2 and here in excess and here - 1 in excess:
        same = series[number - 2]["close"] == before["close"] == bar["close"]
        if same and market[bar["day"]][1] and market[before["day"]][1]:
            yield "repeated_close"
