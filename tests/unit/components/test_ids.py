import inspect
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from app.pages import data_quality, signals
from components import ids
from components.shell import frame

ROOT = Path(__file__).resolve().parents[3]


def _ids_of(component):
    found = [component.id] if getattr(component, "id", None) else []
    for child in component._traverse():
        if getattr(child, "id", None):
            found.append(child.id)
    return [json.dumps(each, sort_keys=True) for each in found]


def _declared():
    return [
        value
        for _, group in inspect.getmembers(ids, inspect.isclass)
        for name, value in vars(group).items()
        if name.isupper()
    ]


def test_no_id_is_declared_twice():
    assert [each for each, n in Counter(_declared()).items() if n > 1] == []


@pytest.mark.parametrize("page", [signals, data_quality], ids=lambda page: page.ENTRY.slug)
def test_the_frame_with_its_page_uses_each_id_once(page):
    used = _ids_of(frame((page.ENTRY,), {}, "ada")) + _ids_of(page.layout())
    assert [each for each, n in Counter(used).items() if n > 1] == []
    text = {json.loads(each) for each in used if each.startswith('"')}
    assert text <= set(_declared())


def test_scripts_name_only_ids_that_there_are():
    for script in sorted((ROOT / "assets").glob("*.js")):
        if script.name == "login.js":
            continue
        source = script.read_text(encoding="utf-8")
        for name in re.findall(r'(?:getElementById\(|\.id === |trigger === )"([a-z-]+)"', source):
            assert name in _declared(), (script.name, name)


def test_every_browser_function_that_a_callback_names_exists():
    scripts = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "assets").glob("1*.js"))
    for module in (ROOT / "callbacks").glob("*.py"):
        for name in re.findall(r'browser\(\s*"(\w+)"', module.read_text(encoding="utf-8")):
            assert re.search(rf"\b{name}: (async )?function", scripts), name


def test_the_rail_offers_only_pages_that_exist_and_the_way_in_or_out():
    guest = str(frame((signals.ENTRY,), {}, None))
    assert "/login" in guest
    assert "/logout" not in guest
    known = str(frame((signals.ENTRY,), {}, "ada"))
    assert "Form(" in known
    assert "/logout" in known
    assert "method='post'" in known
    assert "ada" in known


def test_ids_are_taken_from_the_package():
    for folder in ("app", "callbacks", "components", "tests", "benchmarks"):
        for module in (ROOT / folder).rglob("*.py"):
            if module.parent.name != "ids":
                assert not re.search(r"components\.ids\.", module.read_text(encoding="utf-8")), module
