"""The table of ``train``: each model's figures in its line, and what is not known as a dash."""

from app.cli.training_table import training_table

BOOK = {
    "sizing": "equal",
    "n_sessions": 2540,
    "last_session": "2013-03-01",
    "annual_return": 0.0488,
    "equal_weight_return": 0.2324,
    "excess_over_equal_weight": -0.1836,
    "excess_low": -0.31,
    "excess_high": -0.0215,
    "random_books_percentile": 0.84,
    "n_random_books": 1000,
    "sharpe": 0.5522,
    "sharpe_low": -0.1401,
    "sharpe_high": 1.2968,
}
MODEL = {
    "accuracy": 0.4001,
    "ic": 0.0204,
    "ic_low": -0.02,
    "ic_high": 0.062,
    "auc": 0.489,
    "book": BOOK,
    "sharpe": {"probabilistic": 0.959, "deflated": 0.674},
}
STILL = MODEL | {
    "book": BOOK | {"annual_return": 0.0, "sharpe": None, "sharpe_low": None, "sharpe_high": None},
    "sharpe": {"probabilistic": None, "deflated": None},
}
FEW = {"probability": None, "n_variants": 2, "n_sessions": 2540, "n_splits": 0, "reason": "too few variants"}


def table(overfitting):
    report = {"models": {"linear": MODEL, "still": STILL}, "n_trials": 9, "overfitting": overfitting}
    return training_table(report).splitlines()


def test_each_figure_stands_in_its_column():
    head, linear, still, books, search = table(FEW)
    begin = ("accuracy", "IC", "AUC", "net a", "over equal", "random", "Sharpe", "P(", "deflated")
    cells = [linear[head.index(name) :].split("  ")[0] for name in begin]
    assert cells == [
        "40.0 %",
        "0.020 (-0.020 to 0.062)",
        "0.489",
        "4.9 %",
        "-18.4 % (-31.0 to -2.1)",
        "84.0 %",
        "0.55 (-0.14 to 1.30)",
        "95.9 %",
        "67.4 %",
    ]
    assert still.split()[-3:] == ["-", "-", "-"]
    assert "2,540 sessions to 2013-03-01" in books
    assert "23.2 % a year" in books
    assert search.startswith("9 configurations tried")
    assert search.endswith("over 2 variants on 2,540 common sessions: too few variants")


def test_overfitting_is_a_share_of_the_splits():
    found = FEW | {"probability": 0.312, "n_variants": 12, "n_splits": 12870, "reason": ""}
    assert table(found)[-1].endswith("over 12 variants on 2,540 common sessions: 31.2 % (12,870 splits)")
