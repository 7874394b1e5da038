"""Ids of the value-at-risk page."""


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
