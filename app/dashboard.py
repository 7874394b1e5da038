"""The Dash application on the web process's server: shell, pages and their callbacks."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import flask
from dash import Dash, set_props
from dash.development.base_component import Component
from flask_login import current_user

from app.pages import attention, correlation, data_quality, models, not_found, signals, var
from callbacks import attention as attention_callbacks
from callbacks import correlation as correlation_callbacks
from callbacks import correlation_pair as correlation_pair_callbacks
from callbacks import data_quality as data_quality_callbacks
from callbacks import job_line as job_line_callbacks
from callbacks import model_details as model_details_callbacks
from callbacks import model_why as model_why_callbacks
from callbacks import models as models_callbacks
from callbacks import promotion as promotion_callbacks
from callbacks import quality_details as quality_details_callbacks
from callbacks import quarantine as quarantine_callbacks
from callbacks import shell as shell_callbacks
from callbacks import signals as signals_callbacks
from callbacks import ticker as ticker_callbacks
from callbacks import var as var_callbacks
from callbacks import var_run as var_run_callbacks
from callbacks import what_if as what_if_callbacks
from callbacks.attention_view import AttentionReader
from callbacks.correlation import CorrelationReader
from callbacks.data_quality import QualityReader
from callbacks.job_line import RunDesk, RunReader
from callbacks.model_why import ExplanationDesk, WhyReader
from callbacks.models import ModelsReader
from callbacks.promotion import ModelDesk
from callbacks.quarantine import QuarantineDesk
from callbacks.signals import FeedReader
from callbacks.var_run import RiskDesk
from callbacks.var_view import VarReader
from callbacks.what_if import WhatIfReader
from components.ids import Shell
from components.shell import frame
from components.states import error_line
from models.domain.users import Role
from services.commands.access import NotAllowedError, has_role

ASSETS = Path(__file__).resolve().parent.parent / "assets"
TITLE = "Glassbox"
_PAGES = (signals, attention, models, var, correlation, data_quality)
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


@dataclass(frozen=True)
class PageServices:
    """What the pages ask, and what they have done."""

    feed: FeedReader
    why: WhyReader
    explanations: ExplanationDesk
    what_if: WhatIfReader
    attention: AttentionReader
    correlation: CorrelationReader
    var: VarReader
    risk: RiskDesk
    quality: QualityReader
    quarantine: QuarantineDesk
    models: ModelsReader
    model_desk: ModelDesk
    running: RunReader
    runs: RunDesk


def create_dashboard(server: flask.Flask, services: PageServices) -> Dash:
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
        return frame(entries, routes, _username(server), may_cancel=has_role(Role.ADMIN))

    app.layout = layout
    pages = {page.ENTRY.slug: (page.TITLE, page.layout) for page in _PAGES}
    shell_callbacks.register(app, {**pages, "": (not_found.TITLE, not_found.layout)})
    job_line_callbacks.register(app, services.running, services.runs)
    signals_callbacks.register(app, services.feed)
    ticker_callbacks.register(app, services.feed)
    model_why_callbacks.register(app, services.why, services.explanations)
    what_if_callbacks.register(app, services.what_if)
    attention_callbacks.register(app, services.attention)
    correlation_callbacks.register(app, services.correlation)
    models_callbacks.register(app, services.models)
    model_details_callbacks.register(app, services.models)
    promotion_callbacks.register(app, services.models, services.model_desk)
    correlation_pair_callbacks.register(app, services.correlation)
    var_callbacks.register(app, services.var)
    var_run_callbacks.register(app, services.var, services.risk)
    data_quality_callbacks.register(app, services.quality)
    quality_details_callbacks.register(app, services.quality)
    quarantine_callbacks.register(app, services.quality, services.quarantine)
    return app


def _username(server: flask.Flask) -> str | None:
    if not hasattr(server, "login_manager") or not flask.has_request_context():
        return None
    return str(current_user.username) if current_user.is_authenticated else None


def _report(error: Exception) -> None:
    """Log a callback's unexpected failure and say on the page that what is shown stays as it is.

    What whoever asks may not do is answered with 403: no page offers it.
    """
    if isinstance(error, NotAllowedError):
        raise error
    _log.error("A callback failed", exc_info=error)
    sentence = (
        "Something went wrong while reading new data; what is shown stays as it was. The log has the cause."
    )
    set_props(Shell.FAULT, {"children": error_line(sentence)})
