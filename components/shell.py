"""The frame around every page: rail, top row, banners."""

from dataclasses import dataclass

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.figures.templates import all_templates
from components.filters import search_field
from components.ids import Shell
from components.job_line import job_line

POLL_MS = 2000
# A phone has no room for all: the rest unfolds above the bar.
_N_ON_A_PHONE = 4


@dataclass(frozen=True)
class NavigationEntry:
    """A page as the rail shows it."""

    slug: str
    path: str
    word: str
    icon: str


def frame(
    entries: tuple[NavigationEntry, ...],
    routes: dict[str, str],
    username: str | None,
    *,
    may_cancel: bool = False,
) -> Component:
    """Return the shell; pages are put into its content by the router.

    ``routes``: slug of each path. ``may_cancel``: whether the running job has a button that cancels it.
    """
    return html.Div(
        [
            dcc.Location(id=Shell.URL, refresh=False),
            *(
                dcc.Store(id=name)
                for name in (Shell.PAGE, Shell.VIEW, Shell.REVISION, Shell.STATUS, Shell.APPEARANCE)
            ),
            dcc.Store(id=Shell.CONNECTION, data={"state": "ok"}),
            dcc.Store(id=Shell.ROUTES, data=routes),
            dcc.Store(id=Shell.TEMPLATES, data=all_templates()),
            dcc.Interval(id=Shell.POLL, interval=POLL_MS),
            html.A("Skip to content", href=f"#{Shell.CONTENT}", className="skip"),
            _rail(entries, username),
            html.Div(
                [
                    _top_row(username),
                    html.Div(
                        id=Shell.CONNECTION_BANNER,
                        className="banner-slot",
                        role="status",
                        **{"aria-live": "polite"},
                    ),
                    html.Div(id=Shell.BANNERS, className="banner-slot"),
                    html.Div(id=Shell.FAULT, className="banner-slot", role="alert"),
                    html.Main(id=Shell.CONTENT, className="content", tabIndex=-1),
                    job_line(may_cancel=may_cancel),
                ],
                className="frame",
            ),
        ],
        className="shell",
    )


def _rail(entries: tuple[NavigationEntry, ...], username: str | None) -> Component:
    links = [
        dcc.Link(
            [
                html.Span(className=f"icon icon-{entry.icon}", **{"aria-hidden": "true"}),
                html.Span(entry.word),
            ],
            href=entry.path,
            id={"type": Shell.MENU, "value": entry.slug},
            className="rail-entry",
        )
        for entry in entries
    ]
    return html.Nav(
        [
            html.Div(className="mark", **{"aria-hidden": "true"}),
            *links[:_N_ON_A_PHONE],
            html.Button(
                [html.Span(className="icon icon-more", **{"aria-hidden": "true"}), html.Span("More")],
                type="button",
                className="rail-entry rail-more",
                **{"aria-expanded": "false"},
            ),
            html.Div(
                [
                    *links[_N_ON_A_PHONE:],
                    html.Div(className="rail-space"),
                    html.Div(_account_entry(username), id=Shell.ACCOUNT, className="rail-account"),
                ],
                className="rail-rest",
            ),
        ],
        className="rail",
        **{"aria-label": "Pages"},
    )


def _account_entry(username: str | None) -> Component:
    if username is None:
        return html.A(
            [html.Span(className="icon icon-log-in", **{"aria-hidden": "true"}), html.Span("Sign in")],
            href="/login",
            className="rail-entry",
        )
    # A form, not a link: nothing that merely loads an address can end a session.
    return html.Form(
        html.Button(
            [html.Span(className="icon icon-log-out", **{"aria-hidden": "true"}), html.Span("Sign out")],
            type="submit",
            className="rail-entry",
        ),
        action="/logout",
        method="post",
    )


def _top_row(username: str | None) -> Component:
    return html.Header(
        [
            html.H1(id=Shell.TITLE, className="page-title"),
            html.Div(
                [
                    html.Span(id=Shell.UNIVERSE, className="pill"),
                    html.Span(id=Shell.AS_OF, className="pill"),
                    html.Span(
                        [
                            html.Span(className="dot", **{"aria-hidden": "true"}),
                            html.Span(id=Shell.PROVIDER_NAME),
                            html.Span(id=Shell.PROVIDER_AGE),
                        ],
                        id=Shell.PROVIDER,
                        className="pill provider",
                    ),
                ],
                className="pills",
            ),
            html.Div(className="top-space"),
            search_field(),
            html.Div([_theme_switch(), _menu(), _user(username)], className="tools"),
        ],
        className="top",
    )


def _theme_switch() -> Component:
    return html.Button(
        html.Span(className="icon icon-contrast", **{"aria-hidden": "true"}),
        id=Shell.THEME_SWITCH,
        type="button",
        className="tool",
        **{"aria-label": "Switch between dark and light", "data-tip": "Dark or light"},
    )


def _menu() -> Component:
    return dbc.DropdownMenu(
        [
            html.Button(
                [html.Span("Red means up"), html.Span(className="switch", **{"aria-hidden": "true"})],
                id=Shell.RED_UP_SWITCH,
                type="button",
                role="switch",
                className="menu-entry",
                **{"aria-checked": "false"},
            ),
            html.Div("As on exchanges in East Asia; arrows and signs stay.", className="menu-note"),
        ],
        label=html.Span(
            [
                html.Span(className="icon icon-sliders", **{"aria-hidden": "true"}),
                html.Span("Display", className="visually-hidden"),
            ]
        ),
        toggle_class_name="tool",
        align_end=True,
        caret=False,
        color="link",
    )


def _user(username: str | None) -> Component:
    words = html.Span(username or "guest", className="user-name")
    icon = html.Span(className="icon icon-user", **{"aria-hidden": "true"})
    tip = "Signed in" if username else "Not signed in: read-only pages are open on this machine"
    return html.Span([icon, words], className="user", **{"data-tip": tip})
