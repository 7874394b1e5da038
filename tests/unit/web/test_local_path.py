import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.auth.local_path import local_path


@pytest.mark.parametrize(
    "target", ["/", "/signals", "/signals?symbol=BRK.B&sector=It%20s", "/var?a=http://x.example", "/a#b"]
)
def test_addresses_of_this_server_are_kept(target):
    assert local_path(target) == target


@pytest.mark.parametrize(
    "target",
    [
        None,
        "",
        "signals",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "/\r\nSet-Cookie: a=b",
        "/\x00",
        "http://evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "/.//evil.example",
        "/..//evil.example",
        "//[",
        "/ /evil.example",
        "/\x85/evil.example",
        "/login",
        "/login?next=/login",
        "/logout",
        "/" + "a" * 2000,
    ],
)
def test_anything_else_leads_home(target):
    assert local_path(target) == "/"


@given(st.text(alphabet="//\\:.@?#\t\r\n a%", max_size=12).map("/{}".format))
def test_what_is_kept_never_leaves_the_server(target):
    # As a browser reads it: tabs and line ends dropped, backslashes taken for slashes.
    read = local_path(target).translate({9: None, 10: None, 13: None, 92: "/"}).strip()
    assert read.startswith("/")
    assert not read.startswith("//")
