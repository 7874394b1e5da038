"""Ids of the Models page."""


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
    DRIFT = "models-drift"
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
