"""Ids of the signal feed and of the ticker panel beside it."""


class Signals:
    """The signal feed and its ticker panel."""

    ROOT = "signals"
    BODY = "signals-body"
    LABELS = "label-strip"
    SECTORS = "sector-chips"
    NOTICE = "filter-notice"
    LABELS_BY = "labels-by"  # type of pattern-matching ids: which kind of label is shown
    CONFIDENCE = "signals-confidence"
    SESSION = "signals-session"  # holds the field of the session
    DATE = "signals-date"  # store: the day that the address names, or None
    PAST = "signals-past"  # says that an earlier session is shown
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
    CHART_SLOT = "price-chart-slot"
    CHART = "price-chart"  # placed in the browser once the rows are shown
    CHART_SOURCE = "price-chart-source"  # store: the figure without colours and its ranges
    RANGES = "price-ranges"
    WHY = "score-parts"
    MODEL = "model-why"  # why the model gave its score
    MODEL_WHY = "model-why-body"
    MODEL_SHOWN = "model-why-shown"  # store: which explanation the panel holds, or waits for
    MODEL_POLL = "model-why-poll"  # ticks while an explanation is waited for
    MODEL_EVIDENCE = "model-evidence"
    ASKED_MODEL = "model-asked"  # store: the model that the address names, or None
    DAY_HEAT = "day-heat"
    DAY_HEAT_SOURCE = "day-heat-source"  # store: features by day, without colours
    WHAT_IF = "what-if"  # the button that opens it, then its sliders
    WHAT_IF_ANSWER = "what-if-answer"
    STRIP = "attention-strip"  # store: attention of each day, for the strip under the price
    EVIDENCE = "evidence"
    INDICATORS = "indicator-table"

    # Types of pattern-matching ids: {"type": ..., "value": ...}.
    LABEL_FILTER = "label-filter"
    LABEL_COUNT = "label-count"
    SECTOR_FILTER = "sector-filter"
    SECTOR_COUNT = "sector-count"
    RANGE = "price-range"
    WHAT_IF_BUTTON = "what-if-button"
    WHAT_IF_SLIDER = "what-if-slider"
