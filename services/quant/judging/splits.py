"""Which sessions a model learns from, and which it is judged on."""

import numpy as np

from models.domain.errors import InsufficientHistoryError
from models.domain.judging import Split, SplitSettings

MAX_TRAIN_WINDOWS = 60_000


def walk_forward_splits(sessions: np.ndarray, settings: SplitSettings | None = None) -> tuple[Split, ...]:
    """Part a calendar into tests of equal length, each behind all that its model may learn from.

    Parameters
    ----------
    sessions : datetime64[D] array, shape (n_sessions,)
        Every session of the market, ascending, warm-up included: folds are made of dates, not of rows, so
        that all symbols of a day fall on one side.
    settings : SplitSettings, optional

    Returns
    -------
    tuple of Split
        Oldest first. The last test ends at the last session. A test that begins at S has behind it training
        and validation sessions t <= S - 1 - 2 h; validation is the last fifth of them, behind the same gap.

    Raises
    ------
    InsufficientHistoryError
        If there is no room for one test.

    References
    ----------
    Lopez de Prado (2018), Advances in Financial Machine Learning, chapter 7 (purging and embargo).
    """
    settings = settings or SplitSettings()
    test_sessions = n_test_sessions(sessions.size, settings)
    n_left = sessions.size - settings.warm_up_sessions - settings.min_train_sessions
    n_tests = n_left // test_sessions
    if n_tests < 1:
        needed = settings.warm_up_sessions + settings.min_train_sessions + settings.min_test_sessions
        raise InsufficientHistoryError(
            f"{sessions.size} sessions leave no test: walk-forward needs {needed} or more "
            f"({settings.warm_up_sessions} of warm-up, {settings.min_train_sessions} of training, "
            f"{settings.min_test_sessions} of test)"
        )
    first = sessions.size - n_tests * test_sessions
    begins = range(first, sessions.size, test_sessions)
    return tuple(_split(sessions, begin, begin + test_sessions, settings) for begin in begins)


def split_after(sessions: np.ndarray, settings: SplitSettings | None = None) -> Split:
    """Return what to learn from for the sessions that are still to come: as before a test, without one.

    Parameters
    ----------
    sessions : datetime64[D] array, shape (n_sessions,)
        Every session of the market, ascending, warm-up included.
    settings : SplitSettings, optional

    Raises
    ------
    InsufficientHistoryError
        If nothing is left to train on.
    """
    settings = settings or SplitSettings()
    found = _split(sessions, sessions.size, sessions.size, settings)
    if found.train.size == 0:
        needed = settings.warm_up_sessions + settings.min_validation_sessions + 2 * settings.gap_sessions
        raise InsufficientHistoryError(
            f"{sessions.size} sessions leave nothing to learn from: a model takes more than {needed} "
            f"({settings.warm_up_sessions} of warm-up, {settings.min_validation_sessions} of validation)"
        )
    return found


def n_test_sessions(n_sessions: int, settings: SplitSettings) -> int:
    """Return how long a test is: about a twelfth of what is left, from a quarter to a year."""
    n_left = n_sessions - settings.warm_up_sessions - settings.min_train_sessions
    wanted = 21 * -(-n_left // 252)
    return int(np.clip(wanted, settings.min_test_sessions, settings.max_test_sessions))


def _split(sessions: np.ndarray, begin: int, end: int, settings: SplitSettings) -> Split:
    kept_end = begin - settings.gap_sessions
    n_kept = kept_end - settings.warm_up_sessions
    n_validation = max(settings.min_validation_sessions, round(settings.validation_share * n_kept))
    validation_begin = kept_end - n_validation
    train_end = validation_begin - settings.gap_sessions
    return Split(
        sessions[settings.warm_up_sessions : train_end],
        sessions[validation_begin:kept_end],
        sessions[begin:end],
    )


def training_rows(
    session_places: np.ndarray, horizon_sessions: int, max_windows: int | None = MAX_TRAIN_WINDOWS
) -> np.ndarray:
    """Return which windows to learn from: of every h-th session, and the newest of them.

    Parameters
    ----------
    session_places : int array, shape (n_windows,)
        Place of each window's session in the calendar.
    horizon_sessions : int
        Labels of neighbouring sessions share h - 1 of their h days, and add little.
    max_windows : int, optional
        None: all of them.

    Returns
    -------
    int64 array
        Positions, by session and then in the order given. Counted from the newest session back, so that a
        longer history adds older sessions and never swaps them for others.
    """
    if session_places.size == 0:
        return np.empty(0, dtype=np.int64)
    is_chosen = (session_places.max() - session_places) % horizon_sessions == 0
    chosen = np.flatnonzero(is_chosen)
    chosen = chosen[np.argsort(session_places[chosen], kind="stable")]
    return chosen if max_windows is None else chosen[-max_windows:]
