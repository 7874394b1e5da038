"""Models, figures, statuses and decisions in words."""

from dataclasses import dataclass
from types import MappingProxyType

from models.domain.model_views import Standing
from models.domain.registry import ModelAction, ModelStatus


@dataclass(frozen=True)
class FigureWords:
    """A column of the evidence: its head, what it means exactly, and how many decimals tell models apart."""

    title: str
    definition: str
    n_decimals: int = 3
    is_share: bool = False


FIGURES = MappingProxyType(
    {
        "ic": FigureWords(
            "IC",
            "Rank correlation of P(Up) less P(Down) with the return over the label's horizon, each session "
            "over all symbols, then the mean. 0 tells nothing.",
        ),
        "auc": FigureWords(
            "AUC", "How often an Up scores higher than a Down, over all sessions. 0.5 tells nothing."
        ),
        "accuracy": FigureWords("Accuracy", "Share of forecasts whose likeliest class came true.", 1, True),
        "balanced_accuracy": FigureWords(
            "Balanced",
            "Mean over the classes of the share that was found. 1 / classes tells nothing.",
            1,
            True,
        ),
        "mcc": FigureWords("MCC", "Matthews' correlation of forecast and outcome. 0 tells nothing."),
        "f1": FigureWords("F1", "Mean over the classes of the harmonic mean of precision and recall."),
        "brier": FigureWords(
            "Brier", "Mean squared error of the probabilities, summed over the classes. Lower is better.", 4
        ),
        "calibration_error": FigureWords(
            "ECE",
            "Expected calibration error: how far stated confidence lies from the share that came true. Lower "
            "is better.",
            4,
        ),
        "log_loss": FigureWords(
            "Log-loss", "Mean of -log of the probability of what came. Lower is better.", 4
        ),
    }
)
EXCESS = FigureWords(
    "Net excess",
    "What the book of the forecasts earned a year out of sample, after costs and slippage, less the universe "
    "at equal weights; beneath it the share of random books of equal turnover that earned less.",
    1,
    True,
)

STANDINGS = MappingProxyType(
    {
        Standing.CHAMPION: "champion",
        Standing.CHALLENGER: "challenger",
        Standing.TRIED: "tried",
        Standing.BASELINE: "baseline",
    }
)
STATUSES = MappingProxyType(
    {
        ModelStatus.CANDIDATE: ("○", "Candidate", "Trained, and not decided about yet."),
        ModelStatus.CHAMPION: ("●", "Champion", "Serves; its score counts in the confluence."),
        ModelStatus.RETIRED: ("◌", "Retired", "Was the champion; serves again if the one after it cannot."),
        ModelStatus.REFUSED: ("✕", "Refused", "The gate found it wanting; its score counts for nothing."),
    }
)
ACTIONS = MappingProxyType(
    {
        ModelAction.PROMOTE: "promoted",
        ModelAction.FORCE: "promoted by force",
        ModelAction.REFUSE: "refused",
        ModelAction.RETIRE: "retired",
        ModelAction.ROLLBACK: "rolled back",
        ModelAction.RESTORE: "restored",
    }
)
CLASSES = MappingProxyType({2: ("Down", "Up"), 3: ("Down", "Neutral", "Up")})

_MODELS = MappingProxyType(
    {
        "majority": "Majority class",
        "class_prior": "Class prior",
        "previous_sign": "Previous sign",
        "always_up": "Always up",
        "logistic_regression": "Logistic regression",
        "lightgbm": "LightGBM",
        "fast": "Fast",
        "bilstm_attention": "BiLSTM with attention",
        "lstm_multihead": "LSTM with 4 heads",
        "cnn_bilstm_transformer": "CNN, BiLSTM, transformer",
    }
)


def model_title(name: str) -> str:
    """Return a model's name as people read it."""
    return _MODELS.get(name, name.replace("_", " ").capitalize())
