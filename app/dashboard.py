"""The Dash application on the web process's server: shell, pages and their callbacks."""

import logging
from pathlib import Path
from typing import Any

import flask
from dash import Dash, set_props
from dash.development.base_component import Component
from flask_login import current_user

from app.pages import not_found, signals
from callbacks import shell as shell_callbacks
from callbacks import signals as signals_callbacks
from callbacks import ticker as ticker_callbacks
from callbacks.signals import FeedReader
from components.ids import Shell
from components.shell import frame
from components.states import error_line
from models.domain.settings import Settings

ASSETS = Path(__file__).resolve().parent.parent / "assets"
TITLE = "Glassbox"
_PAGES = (signals,)
_log = logging.getLogger(__name__)


class _IndexedDash(Dash):
    """Dash with the page's skeleton in its index, so that nothing jumps when the scripts have loaded."""

    def interpolate_index(self, **parts: Any) -> str:
        # boot.js stands in the head: it sets the theme before anything is painted.
        return f"""<!DOCTYPE html>
<html lang="en" data-bs-theme="dark">
  <head>
    {parts["metas"]}
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>{parts["title"]}</title>
    <script src="{self.get_asset_url("boot.js")}"></script>
    <link rel="icon" type="image/svg+xml" href="{self.get_asset_url("favicon.svg")}">
    {parts["css"]}
  </head>
  <body>
    <div id="react-entry-point"><div class="boot" role="status" aria-label="Loading Glassbox"></div></div>
    <noscript>Glassbox draws its pages with JavaScript; it is switched off in this browser.</noscript>
    <footer>{parts["config"]}{parts["scripts"]}{parts["renderer"]}</footer>
  </body>
</html>"""


def create_dashboard(server: flask.Flask, feed: FeedReader, settings: Settings) -> Dash:
    """Put the pages on ``server``. Every callback is registered then, so the scripts can be hashed."""
    app = _IndexedDash(
        __name__,
        server=server,
        assets_folder=str(ASSETS),
        # boot.js stands in the head already; the sign-in page brings its own style and script.
        assets_ignore=r"^(boot\.js|login\.(css|js))$",
        title=TITLE,
        update_title=None,
        serve_locally=True,
        suppress_callback_exceptions=True,
        on_error=_report,
    )
    app.enable_dev_tools(debug=False)
    routes = {path: page.ENTRY.slug for page in _PAGES for path in page.PATHS}
    entries = tuple(page.ENTRY for page in _PAGES)

    def layout() -> Component:
        return frame(entries, routes, _username(server))

    app.layout = layout
    pages = {page.ENTRY.slug: (page.TITLE, page.layout) for page in _PAGES}
    shell_callbacks.register(app, {**pages, "": (not_found.TITLE, not_found.layout)})
    signals_callbacks.register(app, feed)
    ticker_callbacks.register(app, feed)
    return app


def _username(server: flask.Flask) -> str | None:
    if not hasattr(server, "login_manager") or not flask.has_request_context():
        return None
    return str(current_user.username) if current_user.is_authenticated else None


def _report(error: Exception) -> None:
    """Log a callback's unexpected failure and say on the page that what is shown stays as it is."""
    _log.error("A callback failed", exc_info=error)
    sentence = (
        "Something went wrong while reading new data; what is shown stays as it was. The log has the cause."
    )
    set_props(Shell.FAULT, {"children": error_line(sentence)})
