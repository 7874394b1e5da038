"""Providers by the name that DATA_PROVIDER gives them."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from models.domain.errors import InvalidRequestError
from models.domain.settings import Settings
from services.ports import Clock, MarketDataProvider
from services.providers.automatic import AutomaticProvider, FallbackFeed
from services.providers.files import FilesProvider
from services.providers.files.provider import SystemClock
from services.providers.sample import SampleProvider
from services.providers.simulated import SimulatedProvider


def _live(settings: Settings, clock: Clock | None) -> FallbackFeed:
    # Its connection and its circuit breakers take half a second to import: only for those who use it.
    from services.providers.yfinance.provider import YahooProvider  # noqa: PLC0415

    return YahooProvider(settings, clock or SystemClock())


LIVE_PROVIDERS = frozenset({"auto", "yfinance"})  # may ask a source outside this machine
PROVIDERS: Mapping[str, Callable[[Settings, Clock | None], MarketDataProvider]] = MappingProxyType(
    {
        "auto": lambda settings, clock: AutomaticProvider(_live(settings, clock), settings.universe),
        "yfinance": _live,
        "sample": lambda settings, _: SampleProvider(settings.universe),
        "simulated": lambda settings, clock: SimulatedProvider(settings.universe, clock),
        "files": FilesProvider,
    }
)


def open_provider(settings: Settings, clock: Clock | None = None) -> MarketDataProvider:
    """Return the provider that the settings name; without a clock it goes by the machine's.

    Raises
    ------
    InvalidRequestError
        If there is none of that name.
    """
    if settings.data_provider not in PROVIDERS:
        raise InvalidRequestError(
            f"DATA_PROVIDER={settings.data_provider}: no such provider; choose one of {', '.join(PROVIDERS)}"
        )
    return PROVIDERS[settings.data_provider](settings, clock)
