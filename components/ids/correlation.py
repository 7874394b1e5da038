"""Ids of the correlation page."""


class Correlation:
    """The correlation page."""

    ROOT = "correlation"
    ASKED = "correlation-asked"  # store: which matrix the address names
    LOADED = "correlation-loaded"  # store: version of the matrix on the screen, and what was asked last
    SOURCE = "correlation-source"  # store: the matrix as the browser draws it
    PAIR = "correlation-pair"  # store: the two symbols that the address names, or None
    PAIR_SOURCE = "correlation-pair-source"  # store: their figure without colours
    STATE = "correlation-state"  # what stands in place of the matrix while there is none
    ERROR = "correlation-error"
    PAST = "correlation-past"  # says that an earlier session is shown
    NOTICE = "correlation-notice"
    ACTIVITY_POLL = "correlation-activity-poll"
    WINDOW = "correlation-window"
    SESSION = "correlation-session"  # holds the field of the session
    SECTORS = "correlation-sectors"
    SUMMARY = "correlation-summary"
    MATRIX = "correlation-matrix"  # the canvas is made in it by the browser
    POINTED = "correlation-pointed"  # the pair under the pointer
    PAIR_CARD = "correlation-pair-card"
    PAIR_HEAD = "correlation-pair-head"
    PAIR_CHART_SLOT = "correlation-pair-chart-slot"
    PAIR_CHART = "correlation-pair-chart"  # placed once a pair is chosen
    PAIR_NOTE = "correlation-pair-note"
    MEASURES = "correlation-measures"
    WARNINGS = "correlation-warnings"
    EXTREMES = "correlation-extremes"
    LEFT_OUT = "correlation-left-out"

    # Types of pattern-matching ids: {"type": ..., "value": ...}.
    METHOD_CHOICE = "correlation-method"
    ORDER_CHOICE = "correlation-order"
    SECTOR_FILTER = "correlation-sector-filter"
    SECTOR_COUNT = "correlation-sector-count"
