"""Every DOM id, one class a page. Browser tests and callbacks take them from here."""


class Shell:
    """The frame around every page."""

    URL = "url"
    ROUTES = "routes"  # store: slug of each path
    PAGE = "page"  # store: slug of the page that the address names
    CONTENT = "content"
    TITLE = "page-title"
    VIEW = "view"  # store: what the address asks for, cleaned
    POLL = "revision-poll"
    REVISION = "revision"  # store: changes whenever there is something new to read
    CONNECTION = "connection"  # store: whether the web server and the database answer
    CONNECTION_BANNER = "connection-banner"
    BANNERS = "banners"
    STATUS = "data-status"  # store: provider and dates that the data's age is told from
    UNIVERSE = "universe"
    AS_OF = "as-of"
    PROVIDER = "provider"
    PROVIDER_NAME = "provider-name"
    PROVIDER_AGE = "provider-age"
    SEARCH = "search"
    THEME_SWITCH = "theme-switch"
    RED_UP_SWITCH = "red-up-switch"
    APPEARANCE = "appearance"  # store: key of the Plotly template in force
    TEMPLATES = "templates"  # store: Plotly templates by that key
    MENU = "menu"
    ACCOUNT = "account"
    FAULT = "fault"


class Signals:
    """The signal feed and its ticker panel."""

    ROOT = "signals"
    BODY = "signals-body"
    LABELS = "label-strip"
    SECTORS = "sector-chips"
    NOTICE = "filter-notice"
    GRID = "signals-grid"
    GRID_FRAME = "signals-grid-frame"
    NO_MATCH = "signals-no-match"
    FOOTER = "signals-footer"
    COUNT = "signals-count"
    EXPORT = "signals-export"
    SCALE = "score-scale"
    STATE = "signals-state"  # what stands in place of the grid while there are no data
    ERROR = "signals-error"
    ACTIVITY_POLL = "activity-poll"
    LOADED = "signals-loaded"  # store: when the rows on the screen arrived
    SELECTED = "selected-symbol"  # store: the symbol that the address names, or None
    PANEL = "ticker-panel"
    PANEL_CLOSE = "ticker-panel-close"
    PANEL_HEAD = "ticker-panel-head"
    PANEL_NOTE = "ticker-panel-note"
    PANEL_SHOWN = "ticker-panel-shown"  # store: the symbol whose data the panel holds
    CHART = "price-chart"
    CHART_SOURCE = "price-chart-source"  # store: the figure without colours and its ranges
    RANGES = "price-ranges"
    WHY = "score-parts"
    EVIDENCE = "evidence"
    INDICATORS = "indicator-table"

    # Types of pattern-matching ids: {"type": ..., "value": ...}.
    LABEL_FILTER = "label-filter"
    LABEL_COUNT = "label-count"
    SECTOR_FILTER = "sector-filter"
    SECTOR_COUNT = "sector-count"
    RANGE = "price-range"
