"""What every grid has in common: columns that give way where width is short, formats, options."""

from typing import Any

import dash_ag_grid as dag
from dash.development.base_component import Component

ROW_HEIGHT = 34
HEADER_HEIGHT = 34


def column(
    field: str, header: str, priority: int, width: int, narrow: int, tip: str, **more: Any
) -> dict[str, Any]:
    """Return a column. The grid drops those of the highest ``priority`` number where width is short."""
    return {
        "field": field,
        "headerName": header,
        "headerTooltip": tip,
        "context": {"priority": priority, "width": width, "narrow": narrow},
        "minWidth": narrow,
        **more,
    }


def number(formatter: str, **more: Any) -> dict[str, Any]:
    """Return what makes a column numeric; ``formatter``: its name in the browser's ``glassboxFormat``."""
    return {
        "valueFormatter": {"function": f"glassboxFormat.{formatter}(params.value)"},
        "type": "rightAligned",
        "cellClass": "num",
        **more,
    }


def hidden(field: str) -> dict[str, Any]:
    """Return a column that only the CSV export shows."""
    return {"field": field, "hide": True, "suppressColumnsToolPanel": True, "cellDataType": False}


def grid(
    name: str,
    columns: list[dict[str, Any]],
    export_columns: list[str],
    listeners: dict[str, list[str]],
    *,
    row_id: str,
    row_filter: str,
    flashes: bool = False,
    **options: Any,
) -> Component:
    """Return a grid, without rows yet.

    Parameters
    ----------
    name : str
        Its id.
    columns : list
        Made by ``column`` and ``hidden``.
    export_columns : list of str
        Order and names of the CSV.
    listeners : dict
        What happens on the grid's events, beside the fitting of its columns.
    row_id : str
        JavaScript expression of a row's own name.
    row_filter : str
        JavaScript expression that says whether a row is shown.
    flashes : bool
        Whether cells that change light up.
    **options
        Further options of AG Grid.
    """
    return dag.AgGrid(
        id=name,
        columnDefs=columns,
        rowData=[],
        getRowId=row_id,
        defaultColDef={
            "sortable": True,
            "resizable": False,
            "suppressMovable": True,
            "suppressHeaderMenuButton": True,
            "enableCellChangeFlash": flashes,
            "cellDataType": False,
        },
        dashGridOptions={
            "theme": {"function": "themeQuartz.withParams(glassboxGridTheme)"},
            "context": {"exportColumns": export_columns, "element": name},
            "rowHeight": ROW_HEIGHT,
            "headerHeight": HEADER_HEIGHT,
            "rowSelection": {"mode": "singleRow", "checkboxes": False, "enableClickSelection": False},
            "isExternalFilterPresent": {"function": "true"},
            "doesExternalFilterPass": {"function": row_filter},
            "suppressNoRowsOverlay": True,
            "suppressCellFocus": False,
            "cellFlashDuration": 700,
            "cellFadeDuration": 300,
            "tooltipShowDelay": 300,
            "tooltipInteraction": True,
            "animateRows": False,
            "suppressColumnVirtualisation": True,
            "suppressColumnMoveAnimation": True,
            "alwaysMultiSort": False,
            "domLayout": "normal",
            **options,
        },
        eventListeners={
            "gridSizeChanged": ["glassboxFit(params)"],
            "displayedColumnsChanged": ["glassboxFit(params)"],
            **listeners,
        },
        style={"height": "100%", "width": "100%"},
        className="grid",
        dangerously_allow_code=False,
    )
