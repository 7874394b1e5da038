"""The connection to Yahoo: bounded in time, and remembering what was answered last."""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from curl_cffi.requests import Response, Session
from curl_cffi.requests.exceptions import (
    ChunkedEncodingError,
    HTTPError,
    IncompleteRead,
    RequestException,
    Timeout,
)
from curl_cffi.requests.exceptions import (
    ConnectionError as CurlConnectionError,
)

from services.providers.resilience.faults import FaultKind, ProviderFault

CHART_URL = "https://query2.finance.yahoo.com/v8/finance/chart"
_ATTEMPT_SECONDS = 20.0
_PROBE_SECONDS = 5.0
# Cookie and crumb are a courtesy that prices do without; no price may wait for them for long.
_COURTESY_SECONDS = 3.0
_CURLS_FRAME = re.compile(r"^Failed to perform, curl: \(\d+\) |\.? See https://curl.*$", re.DOTALL)
_COURTESIES = ("fc.yahoo.com", "guce.yahoo.com", "consent.yahoo.com", "/v1/test/getcrumb")


@dataclass(frozen=True)
class Answer:
    """Of an answer, what tells a fault."""

    status: int
    content_type: str
    retry_after_s: float | None

    @property
    def is_html(self) -> bool:
        """Whether a page came in place of data."""
        return "html" in self.content_type


class FeedSession(Session[Response]):
    """A browser-like session whose requests share one deadline an attempt. Threads may share it."""

    def __init__(self, attempt_s: float = _ATTEMPT_SECONDS, probe_s: float = _PROBE_SECONDS) -> None:
        super().__init__(impersonate="chrome")
        self._attempt_s, self._probe_s = attempt_s, probe_s
        self._here = threading.local()

    @contextmanager
    def attempt(self, seconds: float | None = None) -> Iterator[None]:
        """Let this thread's requests within the block take so long together."""
        limit_s = self._attempt_s if seconds is None else seconds
        self._here.deadline, self._here.answer = time.monotonic() + limit_s, None
        try:
            yield
        finally:
            self._here.deadline = None

    @property
    def last_answer(self) -> Answer | None:
        """The answer to this thread's last question, None where none came; courtesies do not count."""
        answer: Answer | None = getattr(self._here, "answer", None)
        return answer

    def request(self, method: Any, url: str, *arguments: Any, **options: Any) -> Response:
        """Send a request, for as long as the attempt has left."""
        is_courtesy = any(part in url for part in _COURTESIES)
        limit_s = _COURTESY_SECONDS if is_courtesy else options.get("timeout") or self._attempt_s
        deadline = getattr(self._here, "deadline", None)
        if deadline is not None:
            limit_s = min(limit_s, deadline - time.monotonic())
        if limit_s <= 0.0:
            raise Timeout(f"no time is left to ask {url}")
        options["timeout"] = limit_s
        if is_courtesy:
            return super().request(method, url, *arguments, **options)
        self._here.answer = None
        response = super().request(method, url, *arguments, **options)
        self._here.answer = Answer(
            response.status_code,
            response.headers.get("content-type") or "",
            _seconds(response.headers.get("retry-after")),
        )
        return response

    def probe(self, symbol: str) -> None:
        """Ask for one day of one symbol, within 5 s in all.

        Raises
        ------
        ProviderFault
            Unless prices come.
        """
        with self.attempt(self._probe_s):
            try:
                response = self.get(f"{CHART_URL}/{symbol}", params={"range": "1d", "interval": "1d"})
                is_chart = response.status_code == 200 and "chart" in response.json()  # type: ignore[no-untyped-call]
            except RequestException as error:
                raise request_fault(error, self.last_answer) from error
            except ValueError as error:
                raise answer_fault(self.last_answer, "no JSON") from error
            if not is_chart:
                raise answer_fault(self.last_answer, "JSON without a chart")


def request_fault(error: RequestException, answer: Answer | None) -> ProviderFault:
    """Return what curl's error means."""
    if isinstance(error, ValueError):
        return answer_fault(answer, "no JSON")
    if isinstance(error, HTTPError) and answer is not None and answer.status >= 400:
        return answer_fault(answer, "no data")
    if isinstance(error, Timeout):
        return ProviderFault(FaultKind.TIMED_OUT, "no answer in time")
    if isinstance(error, IncompleteRead | ChunkedEncodingError):
        return ProviderFault(FaultKind.BROKEN_ANSWER, "the answer broke off half-way")
    kind = FaultKind.UNREACHABLE if isinstance(error, CurlConnectionError) else FaultKind.BROKEN_ANSWER
    said = _CURLS_FRAME.sub("", str(error))
    return ProviderFault(kind, f"no connection: {said}" if kind is FaultKind.UNREACHABLE else said)


def answer_fault(answer: Answer | None, what_came: str) -> ProviderFault:
    """Return what an answer that holds no prices means."""
    if answer is None:
        return ProviderFault(FaultKind.BROKEN_ANSWER, what_came)
    if answer.status == 429:
        return ProviderFault(
            FaultKind.RATE_LIMITED, "too many requests (status 429)", retry_after_s=answer.retry_after_s
        )
    if answer.status in {401, 403} or answer.status >= 500:
        return ProviderFault(FaultKind.REFUSED, f"refused with status {answer.status}")
    came = "an HTML page in place of data" if answer.is_html else what_came
    return ProviderFault(FaultKind.BROKEN_ANSWER, f"{came} (status {answer.status})")


def _seconds(retry_after: str | None) -> float | None:
    # The header's other form, a date, is not worth a parser: the usual pauses then hold.
    return float(retry_after) if retry_after and retry_after.isdigit() else None
