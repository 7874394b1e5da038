"""What the frame around every page tells about the data that the page shows."""

from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any

from dash import html, set_props
from dash.development.base_component import Component

from components import formats, states
from components.ids import Shell
from models.domain.market import Dataset, DatasetStatus


@dataclass(frozen=True, kw_only=True)
class PageView:
    """What a look at a page changes; a page adds its fields in the order of its callback's outputs.

    ``frame``: properties of the shell, by id. They are no outputs of the callback, because Dash would then
    run it on pages that lack its inputs: ``dash.set_props`` takes them.
    """

    frame: dict[str, dict[str, Any]] = field(default_factory=dict)

    def outputs(self) -> tuple[Any, ...]:
        """Return what belongs to the page itself."""
        return tuple(getattr(self, each.name) for each in fields(self) if each.name != "frame")

    def show(self) -> tuple[Any, ...]:
        """Put the frame in place, within a callback, and return what belongs to the page."""
        for name, properties in self.frame.items():
            set_props(name, properties)
        return self.outputs()


def present_frame(
    status: DatasetStatus, as_of: date, n_symbols: int, staleness: str
) -> dict[str, dict[str, Any]]:
    """Return what the shell tells about the data, as properties by id."""
    dataset = status.dataset
    last = status.last_session or as_of
    universe = html.Span(
        ["Universe ", html.B(formats.count(n_symbols))], tabIndex=0, **{"data-tip": dataset.label}
    )
    return {
        Shell.STATUS: {"data": {"last_session": last.isoformat(), "historical": dataset.historical}},
        Shell.UNIVERSE: {"children": universe},
        Shell.AS_OF: {"children": ["As of ", html.B(formats.day(as_of)), " close"]},
        Shell.PROVIDER_NAME: {"children": dataset.provider},
        Shell.PROVIDER: {"data-tip": f"Newest session {formats.day(last)}; {_read_at(status.refreshed_at)}"},
        Shell.BANNERS: {"children": present_banners(dataset, staleness)},
    }


def present_banners(dataset: Dataset, staleness: str) -> list[Component]:
    """Return the line that every page must show about its data, if any; first of all how old they are."""
    said = (staleness, dataset.banner, dataset.survivorship_note)
    sentences = [sentence for sentence in said if sentence]
    return [states.banner(" ".join(sentences))] if sentences else []


def _read_at(moment: datetime | None) -> str:
    return "not read since" if moment is None else f"read {moment:%H:%M} UTC on {formats.day(moment.date())}"
