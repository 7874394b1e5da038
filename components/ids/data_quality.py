"""Ids of the data-quality page."""


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
