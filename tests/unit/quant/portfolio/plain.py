"""The same book a second time: dictionaries, loops and no haste, written from the specification."""

from math import floor, isnan

import numpy as np

LABEL_SIDE = {0: 1, 1: 1, 3: -1, 4: -1}


class PlainBook:
    """One dictionary a symbol for what is held, one list for what is ordered."""

    def __init__(self, market, signals, settings):
        self.market, self.signals, self.settings = market, signals, settings
        self.share = min(1.0, settings.caps.weight * len(market.symbols))
        self.capital = settings.capital * self.share
        self.cash = self.capital
        self.held, self.orders, self.last, self.missing = {}, [], {}, {}
        self.equities, self.cashes, self.log = [], [], []
        self.peak, self.in_cash = self.capital, 0
        self.week, self.month = [None, 0.0, False], [None, 0.0, False]

    def run(self):
        for session in range(len(self.market.sessions)):
            self.fees(session)
            self.actions(session)
            self.open(session)
            self.delist(session)
            equity = self.close(session)
            self.decide(session, equity)
        return self

    def bar(self, matrix, session, symbol):
        return float(getattr(self.market, matrix)[session][self.market.symbols.index(symbol)])

    def fees(self, session):
        for symbol, holding in self.held.items():
            if holding["n"] < 0:
                value = -holding["n"] * self.last[symbol]
                self.cash -= round(value * self.settings.costs.borrow_rate / 252, 2)

    def actions(self, session):
        for symbol in self.market.symbols:
            split, dividend = self.bar("split", session, symbol), self.bar("dividend", session, symbol)
            for order in self.orders:
                if order["symbol"] == symbol:
                    order["n"] = whole(order["n"] * split)
            if symbol in self.held:
                exact = self.held[symbol]["n"] * split
                self.held[symbol]["n"] = whole(exact)
                if split != 1:
                    self.cash += round((exact - whole(exact)) * self.last[symbol] / split, 2)
                self.cash += round(self.held[symbol]["n"] * dividend, 2)
                if self.held[symbol]["n"] == 0:
                    del self.held[symbol]

    def open(self, session):
        later = []
        sales = [order for order in self.orders if order["n"] < 0]
        purchases = [order for order in self.orders if order["n"] > 0]
        for order in sales + purchases:
            price = self.bar("open", session, order["symbol"])
            if isnan(price):
                if session < order["session"] + 6:
                    later.append(order)
                continue
            n = order["n"]
            now = self.held.get(order["symbol"], {"n": 0})["n"]
            if n > 0:
                while n > 0 and round(self.cash - self.bill(n, price), 2) < 0:
                    n = min(n - 1, floor(self.cash / price))
            if now > 0 > n:
                n = max(n, -now)
            if now < 0 < n:
                n = min(n, -now)
            if n > 0:
                self.cash -= self.bill(n, price)
            elif n < 0:
                self.cash += 2 * round(-n * price, 2) - self.bill(-n, price)
            if n:
                self.book(order["symbol"], n, session, order["target"], order["session"], price)
        self.orders = later

    def bill(self, n, price):
        costs = self.settings.costs
        return sum(round(n * price * part, 2) for part in (1, costs.commission, costs.slippage))

    def book(self, symbol, n, session, target, signal, price):
        self.log.append((symbol, n, signal, session, price))
        if symbol not in self.held:
            self.held[symbol] = {"n": 0, "since": session, "target": target}
        self.held[symbol]["n"] += n
        if self.held[symbol]["n"] == 0:
            del self.held[symbol]

    def delist(self, session):
        for symbol in self.market.symbols:
            price = self.bar("close", session, symbol)
            if symbol not in self.held:
                self.missing[symbol] = 0
            elif isnan(price):
                self.missing[symbol] += 1
            else:
                self.missing[symbol] = 0
            if not isnan(price):
                self.last[symbol] = price
            if self.missing[symbol] == 6:
                n = self.held[symbol]["n"]
                self.cash += (1 if n > 0 else -1) * round(abs(n) * self.last[symbol], 2)
                self.book(symbol, -n, session, 0, session, self.last[symbol])
                self.orders = [order for order in self.orders if order["symbol"] != symbol]

    def close(self, session):
        equity = self.cash + sum(holding["n"] * self.last[symbol] for symbol, holding in self.held.items())
        self.equities.append(equity)
        self.cashes.append(self.cash)
        return equity

    def blocked(self, session, equity):
        limits = self.settings.limits
        before = self.equities[-2] if session else self.capital
        date = self.market.sessions[session].item()
        blocked = equity <= before * (1 - limits.day)
        for state, name, limit in (
            (self.week, date.isocalendar()[:2], limits.week),
            (self.month, (date.year, date.month), limits.month),
        ):
            if state[0] != name:
                state[:] = [name, before, False]
            state[2] = state[2] or equity <= state[1] * (1 - limit)
            blocked = blocked or state[2]
        return blocked

    def decide(self, session, equity):
        blocked = self.blocked(session, equity)
        if self.in_cash:
            self.in_cash -= 1
            if not self.in_cash:
                self.peak = equity
        else:
            self.peak = max(self.peak, equity)
            if equity <= self.peak * (1 - self.settings.limits.drawdown):
                self.in_cash = self.settings.limits.cash_sessions
                self.orders = []
                for symbol, holding in sorted(self.held.items()):
                    self.order(symbol, -holding["n"], session, 0)
                return
        waiting = {order["symbol"] for order in self.orders}
        self.exits(session, waiting)
        self.resizes(session, equity, waiting)
        if not blocked and not self.in_cash:
            self.entries(session, equity, waiting)

    def order(self, symbol, n, session, target):
        self.orders.append({"symbol": symbol, "n": n, "session": session, "target": target})

    def label(self, session, symbol):
        return int(self.signals.label[session][self.market.symbols.index(symbol)])

    def exits(self, session, waiting):
        for symbol, holding in sorted(self.held.items()):
            label = self.label(session, symbol)
            against = LABEL_SIDE.get(label, 0) * holding["n"] < 0
            is_old = session - holding["since"] + 1 >= self.settings.horizon_sessions
            if symbol not in waiting and (label == -2 or (against and is_old)):
                self.order(symbol, -holding["n"], session, 0)
                waiting.add(symbol)

    def use(self):
        """What is held or ordered: USD by symbol, and cash that purchases will need."""
        value = {symbol: abs(holding["n"]) * self.last[symbol] for symbol, holding in self.held.items()}
        needed = 0.0
        for order in self.orders:
            now = self.held.get(order["symbol"], {"n": 0})["n"]
            if now * order["n"] >= 0:
                amount = abs(order["n"]) * self.last[order["symbol"]]
                value[order["symbol"]] = value.get(order["symbol"], 0.0) + amount
                needed += amount * (1 + self.settings.costs.per_side) if order["n"] > 0 else 0.0
        return value, needed

    def sector(self, symbol):
        return self.market.sector_names[self.market.sector[self.market.symbols.index(symbol)]]

    def room(self, symbol, equity, is_short):
        value, needed = self.use()
        caps = self.settings.caps
        most = [caps.gross * equity - sum(value.values())]
        if self.sector(symbol):
            own = sum(usd for name, usd in value.items() if self.sector(name) == self.sector(symbol))
            most.append(caps.sector_weight / self.share * equity - own)
        if not is_short:
            most.append((self.cash - needed) / (1 + self.settings.costs.per_side))
        return min(most)

    def resizes(self, session, equity, waiting):
        for symbol, holding in sorted(self.held.items()):
            price = self.bar("close", session, symbol)
            if symbol in waiting or isnan(price):
                continue
            drift = holding["target"] * equity - holding["n"] * price
            if abs(drift) <= self.settings.resize_at / self.share * equity:
                continue
            amount = abs(drift)
            if drift * holding["n"] > 0:
                amount = min(amount, self.room(symbol, equity, holding["n"] < 0))
            n = max(0, whole(amount / price))
            if n:
                self.order(symbol, n if drift > 0 else -n, session, holding["target"])
                waiting.add(symbol)

    def entries(self, session, equity, waiting):
        names = self.market.symbols
        strength = self.signals.confluence[session]
        wanted = [
            symbol
            for symbol in names
            if LABEL_SIDE.get(self.label(session, symbol), 0) > (-2 if self.settings.allows_shorts else 0)
            and self.label(session, symbol) in LABEL_SIDE
            and symbol not in self.held
            and symbol not in waiting
            and not isnan(self.bar("close", session, symbol))
        ]
        wanted.sort(key=lambda symbol: (-abs(strength[names.index(symbol)] - 0.5), symbol))
        caps = self.settings.caps
        book = dict(self.held)
        for symbol in wanted:
            side = LABEL_SIDE[self.label(session, symbol)]
            scaled = caps.weight / self.share * self.scale(session)
            weight = min(scaled, caps.weight / self.share) * self.halving(session, symbol, side, book)
            taken = self.use()[0]
            n_sector = sum(self.sector(name) == self.sector(symbol) for name in taken)
            if len(taken) >= caps.max_names:
                continue
            if n_sector >= caps.max_names_by_sector.get(self.sector(symbol), caps.max_names):
                continue
            amount = min(weight * equity, self.room(symbol, equity, side < 0))
            n = whole(amount / self.last[symbol])
            if n > 0 and amount >= 0.9 * weight * equity:
                self.order(symbol, side * n, session, side * weight)

    def scale(self, session):
        if not self.settings.scales_exposure:
            return 1.0
        quarters = round(20 / float(self.market.vix[session]) * 4)
        return min(1.5, max(0.5, quarters / 4))

    def halving(self, session, symbol, side, book):
        if len(book) < 5 or session < 60:
            return 1.0
        days = range(session - 59, session + 1)
        own = [side * self.bar("total_return", day, symbol) for day in days]
        rest = np.zeros(60)
        for name, holding in book.items():
            returns = np.array([self.bar("total_return", day, name) for day in days])
            if not np.isnan(returns).any():
                rest += returns * holding["n"] * self.last[name]
        if np.isnan(own).any() or not rest.any() or not any(own):
            return 1.0
        mean = [float(np.nanmean(self.market.total_return[day])) for day in days]
        design = np.column_stack([np.ones(60), mean])
        residuals = [y - design @ np.linalg.lstsq(design, y, rcond=None)[0] for y in (np.array(own), rest)]
        return 0.5 if np.corrcoef(*residuals)[0, 1] > 0.5 else 1.0


def whole(shares):
    return int(shares + (1e-9 if shares > 0 else -1e-9))
