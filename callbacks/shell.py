"""The frame's behaviour: routing, the address as state, appearance, and noticing new results.

All but the page itself happens in the browser (``assets/*.js``): while nothing changes the server is asked
only for ``/api/v1/revision``, which answers 304.
"""

from collections.abc import Callable, Mapping

from dash import ALL, ClientsideFunction, Dash, Input, Output, State
from dash.development.base_component import Component

from components.ids import Shell

_NAMESPACE = "glassbox"


def browser(name: str) -> ClientsideFunction:
    """Name a function of ``assets`` that a clientside callback runs."""
    return ClientsideFunction(_NAMESPACE, name)


def present_page(
    slug: str | None, pages: Mapping[str, tuple[str, Callable[[], Component]]]
) -> tuple[str, Component]:
    """Return title and layout of a page; an unknown slug gives the page of ``""``."""
    title, layout = pages.get(slug or "", pages[""])
    return title, layout()


def register(app: Dash, pages: Mapping[str, tuple[str, Callable[[], Component]]]) -> None:
    """Connect the shell. ``pages``: title and layout by slug, ``""`` for an address that no page has."""

    @app.callback(
        Output(Shell.TITLE, "children"),
        Output(Shell.CONTENT, "children"),
        Input(Shell.PAGE, "data"),
        prevent_initial_call=True,
    )
    def show_page(slug: str | None) -> tuple[str, Component]:
        return present_page(slug, pages)

    app.clientside_callback(
        browser("route"),
        Output(Shell.PAGE, "data"),
        Output({"type": Shell.MENU, "value": ALL}, "className"),
        Input(Shell.URL, "pathname"),
        State(Shell.ROUTES, "data"),
        State(Shell.PAGE, "data"),
    )
    app.clientside_callback(
        browser("readAddress"),
        Output(Shell.VIEW, "data"),
        Input(Shell.URL, "search"),
        State(Shell.VIEW, "data"),
    )
    _register_search(app)
    _register_appearance(app)
    _register_polling(app)


def _register_search(app: Dash) -> None:
    app.clientside_callback(browser("search"), Input(Shell.SEARCH, "value"), prevent_initial_call=True)
    app.clientside_callback(
        browser("submitSearch"),
        Input(Shell.SEARCH, "n_submit"),
        State(Shell.SEARCH, "value"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        browser("showSearch"),
        Output(Shell.SEARCH, "value"),
        Input(Shell.VIEW, "data"),
        State(Shell.SEARCH, "value"),
    )


def _register_appearance(app: Dash) -> None:
    app.clientside_callback(
        browser("appearance"),
        Output(Shell.APPEARANCE, "data"),
        Output(Shell.RED_UP_SWITCH, "aria-checked"),
        Input(Shell.THEME_SWITCH, "n_clicks"),
        Input(Shell.RED_UP_SWITCH, "n_clicks"),
    )


def _register_polling(app: Dash) -> None:
    app.clientside_callback(
        browser("poll"),
        Output(Shell.REVISION, "data"),
        Output(Shell.CONNECTION, "data"),
        Input(Shell.POLL, "n_intervals"),
        State(Shell.REVISION, "data"),
        State(Shell.CONNECTION, "data"),
    )
    app.clientside_callback(
        browser("connectionBanner"),
        Output(Shell.CONNECTION_BANNER, "children"),
        Input(Shell.CONNECTION, "data"),
    )
    app.clientside_callback(
        browser("dataAge"),
        Output(Shell.PROVIDER_AGE, "children"),
        Output(Shell.PROVIDER, "className"),
        Input(Shell.STATUS, "data"),
    )
    app.clientside_callback(
        browser("clearFault"),
        Output(Shell.FAULT, "children"),
        Input(Shell.REVISION, "data"),
        prevent_initial_call=True,
    )
