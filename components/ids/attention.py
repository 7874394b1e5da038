"""Ids of the attention page."""


class Attention:
    """The attention page."""

    ROOT = "attention"
    ASKED = "attention-asked"  # store: what the address names
    LOADED = "attention-loaded"  # store: versions of what is on the screen, and what was asked last
    STATE = "attention-state"  # what stands in place of the page while there is nothing to show
    ERROR = "attention-error"
    PAST = "attention-past"  # says that an earlier session is shown
    NOTICE = "attention-notice"
    ACTIVITY_POLL = "attention-activity-poll"
    SUMMARY = "attention-summary"
    TOOLS = "attention-tools"  # choice of model and head
    SYMBOL = "attention-symbol"  # field that a symbol is typed into
    SYMBOLS = "attention-symbols"  # what it can be; filled in by the browser
    SYMBOLS_SOURCE = "attention-symbols-source"  # store: ticker and name of each
    SECTOR = "attention-sector"  # choice of the sector that the matrix shows
    SESSION = "attention-session"  # holds the field of the session
    MAPS = "attention-maps"  # the tab on attention
    GLOBAL = "attention-global"  # the tab on importance
    SYMBOL_HEAD = "attention-symbol-head"
    SYMBOL_SLOT = "attention-chart-slot"
    SYMBOL_CHART = "attention-chart"  # placed with its first data
    SYMBOL_SOURCE = "attention-chart-source"  # store: the figure without colours
    VERDICT = "attention-verdict"
    MATRIX = "attention-matrix"
    MATRIX_SOURCE = "attention-matrix-source"  # store: symbols by days, without colours
    RANKING = "attention-ranking"
    FAMILIES = "attention-families"
    STABILITY = "attention-stability"
    SWARM_SLOT = "attention-swarm-slot"
    SWARM = "attention-swarm"
    SWARM_SOURCE = "attention-swarm-source"
    SECTORS = "attention-sectors"
    SECTORS_SOURCE = "attention-sectors-source"
    COURSE = "attention-course"
    COURSE_SOURCE = "attention-course-source"

    # Types of pattern-matching ids: {"type": ..., "value": ...}.
    TAB_CHOICE = "attention-tab"
    ORDER_CHOICE = "attention-order"
