"""Reads the part of YAML that docker-compose.yml is written in, and refuses the rest.

Block mappings, anchors, aliases and merges; lists and quoted strings as in JSON; plain scalars. No library
that reads YAML is among the requirements.
"""

import json
import re
from typing import Any

_LINE = re.compile(r"(?P<indent> *)(?P<key>[A-Za-z_<][\w<.-]*):(?: +(?P<value>.+))?$")
_PLAIN = re.compile(r"[A-Za-z0-9][\w.:/-]*$")
_WORDS = {"true": True, "false": False}


def read_compose(text: str) -> dict[str, Any]:
    """Return the file as plain values, anchors and merges resolved."""
    rows = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = _LINE.match(line)
        if found is None:
            raise ValueError(f"line {number} is beyond this reader: {line}")
        rows.append((len(found["indent"]), found["key"], found["value"] or ""))
    anchors: dict[str, Any] = {}
    mapping, rest = _mapping(rows, 0, anchors)
    if rest:
        raise ValueError(f"the indentation of {rest[0][1]} fits nothing above it")
    return mapping


def _mapping(rows: list[tuple[int, str, str]], indent: int, anchors: dict[str, Any]) -> tuple[Any, list]:
    merged: dict[str, Any] = {}
    own: dict[str, Any] = {}
    while rows and rows[0][0] == indent:
        _, key, value = rows.pop(0)
        anchor = ""
        if value.startswith("&"):
            anchor, _, value = value[1:].partition(" ")
        if value:
            content = _scalar(value, anchors)
        elif rows and rows[0][0] > indent:
            content, rows = _mapping(rows, rows[0][0], anchors)
        else:
            content = None
        if anchor:
            anchors[anchor] = content
        if key == "<<":
            merged |= content
        elif key in own:
            raise ValueError(f"{key} stands there twice")
        else:
            own[key] = content
    return merged | own, rows


def _scalar(value: str, anchors: dict[str, Any]) -> Any:
    if value.startswith("*"):
        return anchors[value[1:]]
    if value[0] in '["':
        return json.loads(value)
    if value in _WORDS:
        return _WORDS[value]
    if not _PLAIN.match(value):
        raise ValueError(f"quote this: {value}")
    return int(value) if value.isdigit() else value
