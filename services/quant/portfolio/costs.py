"""What trading and borrowing cost, in whole cents."""

from models.domain.portfolio import TradingCosts

_ENOUGH = 1e-9  # quotients that are whole but for rounding


def to_cents(amount: float) -> float:
    """Return USD at whole cents."""
    return round(float(amount), 2)


def trade_amounts(quantity: int, price: float, costs: TradingCosts) -> tuple[float, float, float]:
    """Return notional, commission and slippage of a trade, USD, positive."""
    notional = quantity * price
    return to_cents(notional), to_cents(notional * costs.commission), to_cents(notional * costs.slippage)


def borrow_fee(short_value: float, costs: TradingCosts) -> float:
    """Return what a short of this value costs for a session, USD."""
    return to_cents(short_value * costs.borrow_rate_per_session)


def shares_for(amount: float, price: float) -> int:
    """Return the whole shares that an amount buys, 0 or more."""
    return max(0, int(amount / price + _ENOUGH))


def affordable_shares(cash: float, price: float, costs: TradingCosts) -> int:
    """Return the whole shares that cash buys with their costs, each in whole cents; 0 or more."""
    quantity = shares_for(cash, price * (1.0 + costs.per_side))
    while quantity > 0 and to_cents(cash - sum(trade_amounts(quantity, price, costs))) < 0.0:
        quantity -= 1
    return quantity
