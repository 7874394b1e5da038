"""Providers by the name that DATA_PROVIDER gives them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from models.domain.errors import InvalidRequestError
from models.domain.market import MarketData
from models.domain.settings import Settings
from services.ports import Clock, MarketDataProvider, Progress
from services.providers.files import FilesProvider
from services.providers.sample import SampleProvider


class AutomaticProvider:
    """The best source there is: the packaged sample, as long as no live feed is built in."""

    name = "auto"

    def __init__(self, universe: Sequence[str] = ()) -> None:
        self._universe = universe

    def fetch(self, progress: Progress) -> MarketData:
        """Return the sample, saying why it is shown."""
        market = SampleProvider(self._universe).fetch(progress)
        banner = f"{market.dataset.banner} Shown because this version has no live feed yet."
        return replace(market, dataset=replace(market.dataset, banner=banner))


PROVIDERS: Mapping[str, Callable[[Settings, Clock | None], MarketDataProvider]] = MappingProxyType(
    {
        "auto": lambda settings, _: AutomaticProvider(settings.universe),
        "sample": lambda settings, _: SampleProvider(settings.universe),
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
