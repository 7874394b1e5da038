"""Ids of the frame around every page."""


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
