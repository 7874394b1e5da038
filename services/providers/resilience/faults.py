"""What can go wrong when a provider is asked, by what is to be done about it."""

from enum import StrEnum

from models.domain.errors import TransientError


class FaultKind(StrEnum):
    """Causes."""

    NOT_FOUND = "not_found"  # the vendor says that there is no such symbol, or no longer
    NO_DATA = "no_data"  # it knows the symbol and has no prices of the span
    RATE_LIMITED = "rate_limited"
    TIMED_OUT = "timed_out"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"  # an answer of status 401, 403 or 5xx
    BROKEN_ANSWER = "broken_answer"  # half-sent, an HTML page, other JSON than agreed
    NOT_ASKED = "not_asked"  # the circuit is open


_OF_THE_SYMBOL = frozenset({FaultKind.NOT_FOUND, FaultKind.NO_DATA})
_NOT_AGAIN = frozenset({FaultKind.NOT_FOUND, FaultKind.NOT_ASKED})


class ProviderFault(TransientError):  # noqa: N818 - a fault is what it is
    """One call that failed. The message says what came and fits after "failed: ".

    ``retry_after_s``: how long the vendor asks to wait, where it does.
    """

    def __init__(self, kind: FaultKind, message: str, retry_after_s: float | None = None) -> None:
        self.kind = kind
        self.retry_after_s = retry_after_s
        super().__init__(message)

    @property
    def may_pass(self) -> bool:
        """Whether the same call can succeed a moment later."""
        return self.kind not in _NOT_AGAIN

    @property
    def was_asked(self) -> bool:
        """Whether there was a call at all."""
        return self.kind is not FaultKind.NOT_ASKED

    @property
    def blames_provider(self) -> bool:
        """Whether it speaks against the provider as a whole; otherwise the provider did answer."""
        return self.kind not in _OF_THE_SYMBOL
