from pathlib import Path

import pytest

from components.figures.templates import all_templates
from components.theme import PALETTES, SOFT, SURFACES, TEXTS, contrast, mix, palette, tokens_css

ASSETS = Path(__file__).resolve().parents[3] / "assets"
_LEAST = 4.5


def test_contrast_of_black_on_white_is_21():
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#777777") == pytest.approx(1.0)


@pytest.mark.parametrize("colours", PALETTES, ids=lambda each: each.key)
@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("surface", SURFACES)
def test_every_text_can_be_read_on_every_surface(colours, text, surface):
    assert contrast(colours[text], colours[surface]) >= _LEAST


@pytest.mark.parametrize("colours", PALETTES, ids=lambda each: each.key)
@pytest.mark.parametrize("name", SOFT)
def test_badges_and_banners_can_be_read(colours, name):
    assert contrast(colours[name], colours[f"{name}-soft"]) >= _LEAST


@pytest.mark.parametrize("colours", PALETTES, ids=lambda each: each.key)
@pytest.mark.parametrize("text", ["text", "text-2", "accent"])
def test_chips_can_be_read_when_chosen(colours, text):
    assert contrast(colours[text], colours["accent-soft"]) >= _LEAST


def test_the_style_sheet_is_made_from_this_table():
    assert (ASSETS / "00-tokens.css").read_text(encoding="utf-8") == tokens_css()


def test_red_up_swaps_the_directions_and_nothing_else():
    usual, swapped = palette("dark"), palette("dark", red_up=True)
    changed = {name for name in usual.colours if usual[name] != swapped[name]}
    assert changed == {"up", "down", "up-soft", "down-soft"}
    assert swapped["up"] == usual["down"]


def test_mix_blends_channels():
    assert mix("#000000", "#ffffff", 0.5) == "#808080"


def test_templates_hold_colours_and_no_variables():
    families = all_templates()
    assert "var(" not in str(families)
    assert {frozenset(each) for each in families.values()} == {frozenset(each.key for each in PALETTES)}
    templates = families["price"]
    assert set(templates) == {"dark", "dark-red-up", "light", "light-red-up"}
    rising = {
        key: each["data"]["candlestick"][0]["increasing"]["fillcolor"] for key, each in templates.items()
    }
    assert rising["dark"] == palette("dark")["up"]
    assert rising["dark-red-up"] == palette("dark")["down"]


def test_no_style_sheet_fetches_anything_from_elsewhere():
    for sheet in ASSETS.glob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        assert "@import" not in text, sheet.name
        assert not any(f"url({quote}http" in text for quote in ("", '"', "'")), sheet.name
