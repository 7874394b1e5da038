"""Numbers and dates as people read them: per cent, signs and separators live here alone."""

from datetime import date

from models.domain.signals import Label

THIN = "\u202f"  # narrow no-break space, before a unit
MINUS = "\u2212"
MISSING = "–"

ARROWS = {
    Label.STRONG_BUY: "▲",
    Label.BUY: "▲",
    Label.HOLD: "■",
    Label.SELL: "▼",
    Label.STRONG_SELL: "▼",
}
DIRECTIONS = {
    Label.STRONG_BUY: "up",
    Label.BUY: "up",
    Label.HOLD: "hold",
    Label.SELL: "down",
    Label.STRONG_SELL: "down",
}
NO_LABEL = "none"


def price(value: float | None) -> str:
    """Two decimals and thousands, e.g. ``3,362.02``."""
    return MISSING if value is None else signed(value, 2)


def signed(value: float, n_decimals: int, plus: bool = False) -> str:
    """Return a number with a typographic minus, and a plus where ``plus`` and it rounds above zero."""
    text = f"{abs(value):,.{n_decimals}f}"
    if float(text.replace(",", "")) == 0.0:
        return text
    if value < 0:
        return MINUS + text
    return "+" + text if plus else text


def percent(fraction: float | None, n_decimals: int = 1, plus: bool = False) -> str:
    """Return a fraction in per cent: ``0.0102`` is ``1.02 %``."""
    if fraction is None:
        return MISSING
    return signed(fraction * 100, n_decimals, plus) + THIN + "%"


def change(fraction: float | None) -> str:
    """Return a return with its sign and two decimals: ``+1.02 %``."""
    return percent(fraction, 2, plus=True)


def share(fraction: float | None) -> str:
    """Return a share in per cent, two decimals; one that is not whole never looks whole."""
    if fraction is None:
        return MISSING
    if fraction >= 1.0:
        return "100" + THIN + "%"
    return f"{min(fraction * 100, 99.99):.2f}{THIN}%"


def exact(value: float | None) -> str:
    """Return a number with every digit that it has, ten at most: what a source said is not rounded."""
    if value is None:
        return MISSING
    return (MINUS if value < 0 else "") + f"{abs(value):,.10g}"


def score(value: float | None) -> str:
    """Three decimals: thresholds have two, so a score never looks like one that it has not reached."""
    return MISSING if value is None else f"{value:.3f}"


def count(value: int) -> str:
    """Return a whole number with thousands."""
    return f"{value:,}"


def day(session: date | None) -> str:
    """Return a date as ``1 Mar 2013``."""
    return MISSING if session is None else f"{session.day} {session:%b %Y}"


def label_text(label: Label | None) -> str:
    """Return a label in sentence case: ``Strong buy``; ``No score`` for none."""
    return "No score" if label is None else label.value.capitalize()


def label_slug(label: Label | None) -> str:
    """Return a label as addresses write it: ``strong-buy``."""
    return NO_LABEL if label is None else label.value.lower().replace(" ", "-")


def direction_of(value: float | None) -> str:
    """Return the colour token of a change: up, down or hold."""
    if value is None or value == 0:
        return "hold"
    return "up" if value > 0 else "down"


def magnitude(value: float) -> str:
    """Return a large number in three figures with its unit: ``12.3 M``."""
    for limit, unit in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= limit:
            return signed(value / limit, 1) + THIN + unit
    return signed(value, 0)


def quantity(value: float | None) -> str:
    """Return an indicator's value: enough decimals for its size, large ones in units."""
    if value is None:
        return MISSING
    size = abs(value)
    if size >= 1e5:
        return magnitude(value)
    return signed(value, 2 if size >= 1 or size == 0 else 4)


def shares(parts: tuple[tuple[str, float], ...]) -> str:
    """Return what a confluence is made of: ``technical 57 % · model 43 %``."""
    return " · ".join(f"{name} {percent(weight, 0)}" for name, weight in parts)
