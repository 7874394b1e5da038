"""Colours: one table, from which the style sheet's variables and the Plotly templates are made.

Plotly draws its defaults for ``var(--x)``, so figures get hex values from a template; a switch of theme
exchanges the template.
"""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

TOKENS = MappingProxyType(
    {
        # name: (dark, light)
        "bg": ("#0b0e14", "#f6f7f9"),
        "panel": ("#11151d", "#ffffff"),
        "raised": ("#181d27", "#f0f2f5"),
        "line": ("#232a37", "#e2e6ec"),
        "text": ("#e6e9ef", "#121826"),
        "text-2": ("#9aa4b2", "#4d5767"),
        "text-3": ("#7c8798", "#636d82"),
        "accent": ("#5b9cff", "#1466e5"),
        "up": ("#26a69a", "#0a796e"),
        "down": ("#ef5350", "#ce2c2c"),
        "hold": ("#8b95a5", "#636d82"),
        "warn": ("#f0b429", "#946219"),
        "fault": ("#ef5350", "#ce2c2c"),  # red in either direction
        "technical": ("#e8a33d", "#9a5f16"),
        "sentiment": ("#38bdf8", "#0d73a7"),
        "model": ("#a78bfa", "#714fef"),
    }
)
SURFACES = ("bg", "panel", "raised")
# Tokens that text is written in, everywhere.
TEXTS = (
    "text",
    "text-2",
    "text-3",
    "accent",
    "up",
    "down",
    "hold",
    "warn",
    "fault",
    "technical",
    "sentiment",
    "model",
)
# Tinted grounds of badges and banners: this share of the colour over the panel, chosen so that text in the
# colour itself keeps a contrast of 4.5 on it.
SOFT_SHARE = MappingProxyType({"dark": 0.12, "light": 0.06})
SOFT = ("up", "down", "warn", "fault", "accent")
RED_UP = MappingProxyType({"up": "down", "down": "up"})
MODES = ("dark", "light")
FONT = "Inter, system-ui, sans-serif"
MONO = "'JetBrains Mono', ui-monospace, monospace"


@dataclass(frozen=True)
class Palette:
    """The hex colours of one mode and direction, by token."""

    mode: str
    red_up: bool
    colours: MappingProxyType[str, str]

    def __getitem__(self, token: str) -> str:
        return self.colours[token]

    @property
    def key(self) -> str:
        """Name under which the browser finds the template of this palette."""
        return f"{self.mode}-red-up" if self.red_up else self.mode


def palette(mode: str, red_up: bool = False) -> Palette:
    """Return the colours of ``mode`` ("dark" or "light"), directions swapped if asked."""
    column = MODES.index(mode)
    colours = {name: pair[column] for name, pair in TOKENS.items()}
    for name in SOFT:
        colours[f"{name}-soft"] = mix(colours["panel"], colours[name], SOFT_SHARE[mode])
    if red_up:
        swapped = dict(colours)
        for name, other in RED_UP.items():
            swapped[name], swapped[f"{name}-soft"] = colours[other], colours[f"{other}-soft"]
        colours = swapped
    return Palette(mode, red_up, MappingProxyType(colours))


def mix(ground: str, colour: str, share: float) -> str:
    """Blend ``share`` of ``colour`` over ``ground``, both as ``#rrggbb``."""
    pairs = zip(channels(ground), channels(colour), strict=True)
    return "#" + "".join(f"{round(low + (high - low) * share):02x}" for low, high in pairs)


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two colours, 1 to 21.

    References
    ----------
    W3C, Web Content Accessibility Guidelines 2.2, "contrast ratio" and "relative luminance".
    """
    bright, dim = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def tokens_css() -> str:
    """Return the style sheet ``assets/00-tokens.css``: every token as a variable, by mode and direction."""
    blocks = []
    for each in PALETTES:
        mode = f'[data-bs-theme="{each.mode}"]'
        selector = f'{mode}[data-direction="red-up"]' if each.red_up else mode
        if each.key == "dark":
            selector = f":root, {selector}"
        names = [name for name in each.colours if not each.red_up or name.startswith(("up", "down"))]
        lines = [f"  --{name}: {each[name]};" for name in names]
        if not each.red_up:
            lines.append(f"  color-scheme: {each.mode};")
        blocks.append("\n".join([f"{selector} {{", *lines, "}"]))
    return "/* Made from components/theme.py; a test compares the two. */\n" + "\n".join(blocks) + "\n"


def base_template(colours: Palette) -> dict[str, Any]:
    """Return the Plotly template that every figure starts from, as plain JSON."""
    axis = {
        "gridcolor": colours["line"],
        "linecolor": colours["line"],
        "zerolinecolor": colours["line"],
        "tickfont": {"color": colours["text-3"], "size": 11},
        "title": {"font": {"color": colours["text-3"], "size": 11}},
    }
    return {
        "layout": {
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"family": FONT, "size": 11, "color": colours["text-2"]},
            "xaxis": axis,
            "yaxis": axis,
            "hoverlabel": {
                "bgcolor": colours["raised"],
                "bordercolor": colours["line"],
                "font": {"color": colours["text"], "size": 11, "family": FONT},
            },
        }
    }


def channels(colour: str) -> tuple[int, int, int]:
    """Return red, green and blue of ``#rrggbb``, 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    shares = (channel / 255 for channel in channels(colour))
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


PALETTES = tuple(palette(mode, red_up) for mode in MODES for red_up in (False, True))
