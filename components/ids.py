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
    JOB = "job-line"
    JOB_POLL = "job-poll"
    JOB_RUN = "job-run"  # store: number and title of the run that the line tells of
    JOB_TITLE = "job-title"
    JOB_STEP = "job-step"
    JOB_BAR = "job-bar"
    JOB_NOTE = "job-note"
    JOB_CANCEL = "job-cancel"
    JOB_DIALOG = "job-dialog"
    JOB_QUESTION = "job-question"
    JOB_ASKED = "job-asked"  # store: the run that the open dialog asks about
    JOB_KEEP = "job-keep"
    JOB_STOP = "job-stop"


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


class Models:
    """The Models page."""

    ROOT = "models"
    LOADED = "models-loaded"  # store: version of the report on the screen
    STATE = "models-state"  # what stands in place of the page while there is nothing to show
    ERROR = "models-error"
    ACTIVITY_POLL = "models-activity-poll"
    SUMMARY = "models-summary"
    SECTIONS = "models-sections"
    CARDS = "models-cards"
    EVIDENCE = "models-evidence"
    EVIDENCE_NOTE = "models-evidence-note"
    EXAMINED = "models-examined"  # store: the line that the address names, or None
    SHOWN = "models-shown"  # store: the line whose details the page holds
    DETAIL_HEAD = "models-detail-head"
    DETAIL_NOTE = "models-detail-note"
    CALIBRATION = "models-calibration"
    CALIBRATION_NOTE = "models-calibration-note"
    CONFUSION = "models-confusion"
    RUNNING_IC = "models-running-ic"
    RUNNING_IC_NOTE = "models-running-ic-note"
    CURVES = "models-curves"
    CURVES_NOTE = "models-curves-note"
    CHARTS_SOURCE = "models-charts-source"  # store: the figures without colours, by id
    PERIODS = "models-periods"
    SECTORS = "models-sectors"
    HORIZONS = "models-horizons"
    SETTINGS = "models-settings"
    AUDIT = "models-audit"
    GATE = "models-gate"
    HISTORY = "models-history"
    TRIALS = "models-trials"
    TRIALS_NOTE = "models-trials-note"
    TRIALS_EXPORT = "models-trials-export"
    REGISTRY = "models-registry"
    REGISTRY_NOTE = "models-registry-note"
    REGISTRY_EXPORT = "models-registry-export"


class Promotion:
    """What an administrator decides about the model whose details the Models page shows."""

    ACTIONS = "promotion-actions"
    PROMOTE = "promotion-promote"
    ROLL_BACK = "promotion-roll-back"
    RESULT = "promotion-result"
    ASKED = "promotion-asked"  # store: the decision that is being confirmed, with its model
    DIALOG = "promotion-dialog"
    DIALOG_TITLE = "promotion-dialog-title"
    DIALOG_TEXT = "promotion-dialog-text"
    CANCEL = "promotion-cancel"
    DECIDE = "promotion-decide"
    FORCE = "promotion-force"


class DataQuality:
    """The data-quality page."""

    ROOT = "quality"
    LOADED = "quality-loaded"  # store: version and time of the assessment on the screen
    STATE = "quality-state"  # what stands in place of the page while there is nothing to show
    ERROR = "quality-error"
    ACTIVITY_POLL = "quality-activity-poll"
    SUPPLY_POLL = "quality-supply-poll"
    SUMMARY = "quality-summary"
    FIGURES = "quality-figures"
    SUPPLY = "quality-supply"
    YEAR = "quality-year"  # store: the year that the calendar shows by day, None: the newest
    YEARS = "quality-years"
    CALENDAR = "quality-calendar"
    CALENDAR_SOURCE = "quality-calendar-source"  # store: the figure without colours
    WORST = "quality-worst-sessions"
    RULES = "quality-rules"
    NOTICE = "quality-notice"
    PROBLEMS = "quality-problems"
    SECTORS = "quality-sectors"
    GRID = "quality-grid"
    GRID_COUNT = "quality-grid-count"
    GRID_EXPORT = "quality-grid-export"
    GRID_NO_MATCH = "quality-grid-no-match"
    SELECTED = "quality-symbol"  # store: the symbol that the address names, or None
    PANEL = "quality-panel"
    PANEL_CLOSE = "quality-panel-close"
    PANEL_HEAD = "quality-panel-head"
    PANEL_NOTE = "quality-panel-note"
    PANEL_BODY = "quality-panel-body"
    PANEL_SHOWN = "quality-panel-shown"  # store: the symbol whose data the panel holds
    TREND = "quality-trend"
    TREND_SOURCE = "quality-trend-source"  # store: the figure without colours
    TREND_NOTE = "quality-trend-note"

    # Types of pattern-matching ids: {"type": ..., "value": ...}.
    PROBLEM_FILTER = "quality-problem-filter"
    PROBLEM_COUNT = "quality-problem-count"
    SECTOR_FILTER = "quality-sector-filter"
    SECTOR_COUNT = "quality-sector-count"
    RULE_FILTER = "quality-rule-filter"


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
    SYMBOLS = "attention-symbols"  # what it can be
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


class Var:
    """The value-at-risk page."""

    ROOT = "var"
    ASKED = "var-asked"  # store: what the address asks for
    LOADED = "var-loaded"  # store: version of what is on the screen
    STATE = "var-state"  # what stands in place of the page while there is nothing to show
    ERROR = "var-error"
    NOTICE = "var-notice"
    ACTIVITY_POLL = "var-activity-poll"
    SENTENCE = "var-sentence"
    BASIS = "var-basis"  # which book, method, history
    HORIZON = "var-horizon"
    PATHS = "var-paths"
    SIMULATE = "var-simulate"
    SIMULATE_NOTE = "var-simulate-note"
    RUN = "var-run"  # the run that computes what was asked for
    RUN_ID = "var-run-id"  # store: its number
    RUN_STEP = "var-run-step"
    RUN_BAR = "var-run-bar"
    RUN_POLL = "var-run-poll"
    RUN_CANCEL = "var-run-cancel"
    FIGURES = "var-figures"
    OUTCOMES = "var-outcomes"
    OUTCOMES_SOURCE = "var-outcomes-source"  # store: a figure without colours, as those below
    FAN = "var-fan"
    FAN_SOURCE = "var-fan-source"
    DRAWDOWNS = "var-drawdowns"
    DRAWDOWNS_SOURCE = "var-drawdowns-source"
    EXCEPTIONS = "var-exceptions"
    EXCEPTIONS_SOURCE = "var-exceptions-source"
    SYMBOLS = "var-symbols"
    SECTORS = "var-sectors"
    TRUST = "var-trust"
    BACKTEST = "var-backtest"
    STRESS = "var-stress"
    SHOCK_TARGET = "var-shock-target"
    SHOCK_MOVE = "var-shock-move"
    SHOCK_ADD = "var-shock-add"
    BOOK = "var-book"
    BOOK_TOTAL = "var-book-total"
    BOOK_MESSAGE = "var-book-message"
    BOOK_SYMBOL = "var-book-symbol"
    BOOK_WEIGHT = "var-book-weight"
    BOOK_ADD = "var-book-add"
    BOOK_SCALE = "var-book-scale"
    BOOK_RESET = "var-book-reset"

    # Types of pattern-matching ids: {"type": ..., "value": ...}.
    METHOD_CHOICE = "var-method"
    LEVEL_CHOICE = "var-level"


class Quarantine:
    """The quarantine table of the data-quality page, and what an administrator does there."""

    GRID = "quarantine-grid"
    COUNT = "quarantine-count"
    EXPORT = "quarantine-export"
    NOTE = "quarantine-note"
    NO_MATCH = "quarantine-no-match"
    ROW = "quarantine-row"  # store: the row that was chosen
    DETAIL = "quarantine-detail"
    ACTIONS = "quarantine-actions"
    RELEASE = "quarantine-release"
    CONFIRM = "quarantine-confirm"
    ASKED = "quarantine-asked"  # store: the decision that is being confirmed, with its row
    DIALOG = "quarantine-dialog"
    DIALOG_TITLE = "quarantine-dialog-title"
    DIALOG_TEXT = "quarantine-dialog-text"
    DECIDE = "quarantine-decide"
    CANCEL = "quarantine-cancel"
    RESULT = "quarantine-result"

    # Types of pattern-matching ids: {"type": ..., "value": ...}.
    STATUS_FILTER = "quarantine-status-filter"
    STATUS_COUNT = "quarantine-status-count"
