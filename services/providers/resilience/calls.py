"""Calls to a provider through its circuits: one, or one for each of many symbols."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

from services.providers.resilience.backoff import DELAYS_S, Backoff
from services.providers.resilience.circuits import Circuits
from services.providers.resilience.faults import FaultKind, ProviderFault

T = TypeVar("T")
_N_WORKERS = 6
_LOOK_UP_S = 0.5  # how often somebody is told how far it is, and may ask for the end

Done = Callable[[int, str], None]


class GuardedCalls:
    """Retries and circuits around calls to one provider.

    A failure counts once its retries are used up: an open circuit means five calls, not five requests.
    """

    def __init__(
        self, circuits: Circuits, backoff: Backoff, on_change: Callable[[], None], stopped: threading.Event
    ) -> None:
        """Take what is to happen when the provider's circuit changes its state, and what ends all waiting."""
        self._circuits = circuits
        self._backoff = backoff
        self._on_change = on_change
        self._stopped = stopped

    def call(self, attempt: Callable[[], T], *, symbol: str = "", retries: bool = True) -> T:
        """Return the answer to one call, of a symbol or of the provider as such.

        Raises
        ------
        ProviderFault
            If it failed for good, or was not tried because a circuit is open.
        """
        provider = self._circuits.provider
        own = self._circuits.of_symbol(symbol) if symbol else None

        def attempt_if_allowed() -> T:
            if self._stopped.is_set():
                raise ProviderFault(FaultKind.NOT_ASKED, "not asked any more: the run was stopped")
            provider.check()  # it may have opened since the attempt before
            return attempt()

        if own is not None:
            own.check()
        provider.check()
        is_trial = provider.is_trial or (own is not None and own.is_trial)
        n_retries = len(DELAYS_S) if retries and not is_trial else 0
        try:
            answer = self._backoff.call(attempt_if_allowed, n_retries=n_retries)
        except ProviderFault as fault:
            self._note(fault, symbol)
            raise
        self._note(None, symbol)
        return answer

    def _note(self, fault: ProviderFault | None, symbol: str) -> None:
        provider = self._circuits.provider
        before = provider.record.state
        if fault is None or not fault.blames_provider:
            provider.succeeded()
        elif fault.was_asked:
            provider.failed(fault)
        if symbol:
            own = self._circuits.of_symbol(symbol)
            if fault is None:
                own.succeeded()
            elif fault.was_asked:
                own.failed(fault)
        if provider.record.state is not before:
            self._on_change()

    def call_each(
        self, symbols: Sequence[str], attempt: Callable[[str], T], on_done: Done
    ) -> tuple[dict[str, T], dict[str, ProviderFault]]:
        """Call for every symbol, a few at a time; return the answers and what failed, by symbol.

        Parameters
        ----------
        symbols : sequence of str
            Whom to ask for.
        attempt : callable
            From any thread.
        on_done : callable
            Told from this thread how many are done and which was the last, and every half second besides;
            what it raises ends the calls that have not begun.
        """
        answers: dict[str, T] = {}
        faults: dict[str, ProviderFault] = {}

        def one(symbol: str) -> None:
            try:
                answers[symbol] = self.call(lambda: attempt(symbol), symbol=symbol)
            except ProviderFault as fault:
                faults[symbol] = fault

        n_alone = 1 if self._circuits.provider.is_trial else 0
        for symbol in symbols[:n_alone]:  # who tries whether the provider is back, tries alone
            one(symbol)
            on_done(1, symbol)
        self._run_pool(symbols[n_alone:], one, lambda n, symbol: on_done(n_alone + n, symbol))
        return answers, faults

    def _run_pool(self, symbols: Sequence[str], one: Callable[[str], None], on_done: Done) -> None:
        with ThreadPoolExecutor(_N_WORKERS, thread_name_prefix="provider") as pool:
            pending: dict[Future[None], str] = {pool.submit(one, symbol): symbol for symbol in symbols}
            n_done = 0
            try:
                while pending:
                    finished, _ = wait(pending, timeout=_LOOK_UP_S, return_when=FIRST_COMPLETED)
                    last = next(iter(pending.values()))
                    for future in finished:
                        last = pending.pop(future)
                        future.result()
                        n_done += 1
                    on_done(n_done, last)
            except BaseException:
                self._stopped.set()
                pool.shutdown(wait=False, cancel_futures=True)
                raise
