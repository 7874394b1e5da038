"""Every DOM id, one class a page. Browser tests and callbacks take them from here."""

from components.ids.attention import Attention
from components.ids.correlation import Correlation
from components.ids.data_quality import DataQuality, Quarantine
from components.ids.models import Models, Promotion
from components.ids.shell import Shell
from components.ids.signals import Signals
from components.ids.var import Var

__all__ = [
    "Attention",
    "Correlation",
    "DataQuality",
    "Models",
    "Promotion",
    "Quarantine",
    "Shell",
    "Signals",
    "Var",
]
