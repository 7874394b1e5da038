"""What the frame around every page tells about the data that the page shows."""

from datetime import date, datetime
from typing import Any

from dash import html
from dash.development.base_component import Component

from components import formats, states
from components.ids import Shell
from models.domain.market import Dataset, DatasetStatus


def present_frame(
    status: DatasetStatus, as_of: date, n_symbols: int, staleness: str
) -> dict[str, dict[str, Any]]:
    """Return what the shell tells about the data, as properties by id.

    They are no outputs of a page's callback, because Dash would then run it on pages that lack its inputs:
    ``dash.set_props`` takes them.
    """
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
