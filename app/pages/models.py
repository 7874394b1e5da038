"""Models: who serves, champion against challenger, the evidence, what was tried and decided: layout only."""

from dash import dcc, html
from dash.development.base_component import Component

from components.figures.models import CALIBRATION_PX, CURVES_PX, RUNNING_IC_PX
from components.ids import Models, Promotion
from components.model_tables import registry_grid
from components.promotion import promotion_actions, promotion_dialog
from components.shell import NavigationEntry
from components.states import skeleton
from components.trial_table import trials_grid

ENTRY = NavigationEntry("models", "/models", "Models", "models")
TITLE = "Models"
PATHS = ("/models",)
_ACTIVITY_MS = 1500
_STORES = (Models.LOADED, Models.EXAMINED, Models.SHOWN, Models.CHARTS_SOURCE, Promotion.ASKED)
# Anchors of the long page, as addresses name them.
_SECTIONS = (
    ("evidence", "Evidence"),
    ("calibration", "Calibration"),
    ("periods", "Periods"),
    ("learning", "Learning"),
    ("audit", "Audit and gate"),
    ("drift", "Drift"),
    ("trials", "Trials"),
    ("registry", "Registry"),
)
# Before its first data a chart must not flash Plotly's white default.
_BLANK = {
    "data": [],
    "layout": {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "xaxis": {"visible": False},
        "yaxis": {"visible": False},
    },
}


def layout() -> Component:
    """Return the page in its loading state: everything has its final size and no data yet."""
    return html.Div(
        [
            *(dcc.Store(id=name) for name in _STORES),
            dcc.Interval(id=Models.ACTIVITY_POLL, interval=_ACTIVITY_MS, disabled=True),
            promotion_dialog(),
            html.Div(id=Models.ERROR, className="notice-slot"),
            html.Div(id=Models.STATE, className="state-slot"),
            html.Div(
                [
                    html.Div(
                        skeleton(20),
                        id=Models.SUMMARY,
                        className="summary",
                        role="status",
                        **{"aria-live": "polite"},
                    ),
                    _sections(),
                    html.Div(
                        [html.Section(skeleton(20, 110), className="card") for _ in range(3)],
                        id=Models.CARDS,
                        className="model-cards",
                    ),
                    _evidence(),
                    _details(),
                    _ledger(),
                    _registry(),
                ],
                className="models-body",
            ),
        ],
        id=Models.ROOT,
        className="models is-loading",
    )


def _sections() -> Component:
    return html.Nav(
        [
            html.Button(words, type="button", className="chip", **{"data-section": name})
            for name, words in _SECTIONS
        ],
        id=Models.SECTIONS,
        className="chips",
        **{"aria-label": "Parts of the page"},
    )


def _card(title: str, body: list[Component], *, name: str = "", note: str = "", kind: str = "") -> Component:
    head: list[Component] = [html.H3(title, className="section-title")]
    if note:
        head.append(html.Span(id=note, className="stamp"))
    about = {"aria-label": title, **({"data-anchor": name} if name else {})}
    return html.Section(
        [html.Div(head, className="card-head"), *body], className=f"card {kind}".strip(), **about
    )


def _evidence() -> Component:
    return html.Section(
        [
            html.Div(
                [
                    html.H2("Evidence", className="section-title"),
                    html.Span(id=Models.EVIDENCE_NOTE, className="stamp"),
                ],
                className="card-head",
            ),
            html.Div(skeleton(30, 200), id=Models.EVIDENCE, className="evidence"),
        ],
        className="card",
        **{"aria-label": "Evidence", "data-anchor": "evidence"},
    )


def _details() -> Component:
    return html.Section(
        [
            html.Div(
                [
                    html.Div(skeleton(20), id=Models.DETAIL_HEAD, className="detail-head", role="status"),
                    promotion_actions(),
                ],
                className="detail-top",
            ),
            html.Div(id=Promotion.RESULT, className="row-result", role="status", **{"aria-live": "polite"}),
            html.Div(id=Models.DETAIL_NOTE, className="notice-slot"),
            html.Div(
                [
                    _card(
                        "Calibration",
                        [_graph(Models.CALIBRATION, CALIBRATION_PX)],
                        name="calibration",
                        note=Models.CALIBRATION_NOTE,
                    ),
                    _card("Confusion", [_slot(Models.CONFUSION, 180)], name="confusion"),
                    _card("IC by horizon", [_slot(Models.HORIZONS, 180)], name="horizons"),
                    _card("By year", [_slot(Models.PERIODS, 240)], name="periods", kind="is-wide"),
                    _card("By sector", [_slot(Models.SECTORS, 240)], name="sectors"),
                    _card(
                        "Running sum of the daily IC",
                        [_graph(Models.RUNNING_IC, RUNNING_IC_PX)],
                        kind="is-wide",
                        note=Models.RUNNING_IC_NOTE,
                    ),
                    _card(
                        "Learning curves",
                        [_graph(Models.CURVES, CURVES_PX), html.Div(id=Models.CURVES_NOTE)],
                        name="learning",
                        kind="curves-card",
                    ),
                    _card("Leakage audit", [_slot(Models.AUDIT, 260)], name="audit", kind="is-wide"),
                    html.Div(
                        [
                            _card("Promotion gate", [_slot(Models.GATE, 90)], name="gate"),
                            _card("Drift", [_slot(Models.DRIFT, 120)], name="drift"),
                            _card("Configuration", [_slot(Models.SETTINGS, 120)], name="settings"),
                        ],
                        className="stacked",
                    ),
                ],
                className="detail-grid",
            ),
        ],
        className="details",
        **{"aria-label": "What stands behind one model"},
    )


def _ledger() -> Component:
    return _grid_section(
        "Trials", "trials", Models.TRIALS_NOTE, html.Div(trials_grid(), className="models-grid-frame"),
        Models.TRIALS_EXPORT,
    )  # fmt: skip


def _registry() -> Component:
    return html.Div(
        [
            _grid_section(
                "Registry", "registry", Models.REGISTRY_NOTE,
                html.Div(registry_grid(), className="models-grid-frame"), Models.REGISTRY_EXPORT,
            ),
            _card("Decisions", [_slot(Models.HISTORY, 120)], name="decisions", kind="decisions"),
        ],
        className="registry-row",
    )  # fmt: skip


def _grid_section(title: str, name: str, note: str, body: Component, export: str) -> Component:
    download = html.Button(
        [html.Span(className="icon icon-download", **{"aria-hidden": "true"}), "Export CSV"],
        id=export,
        type="button",
        className="link-button",
    )
    head = html.Div(
        [html.H2(title, className="section-title"), html.Span(id=note, className="stamp"), download],
        className="card-head",
    )
    return html.Section(
        [head, body], className="card grid-card", **{"aria-label": title, "data-anchor": name}
    )


def _slot(name: str, height_px: int) -> Component:
    return html.Div(skeleton(height_px), id=name, className="slot")


def _graph(name: str, height_px: int) -> Component:
    # Its place stands before its code is loaded: nothing below it jumps.
    graph = dcc.Graph(
        id=name,
        style={"height": "100%"},
        responsive=True,
        config={"displayModeBar": False, "scrollZoom": False, "doubleClick": False},
        figure=_BLANK,
    )
    return html.Div(graph, className="graph", style={"height": f"{height_px}px"})
