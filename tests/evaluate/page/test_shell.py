import re
from base64 import b64encode
from hashlib import sha256
from html import unescape

import pytest
from jinja2 import DictLoader, UndefinedError

from synthgen.evaluate.page.shell import write

OWN = DictLoader(
    {
        "own.html": '{% extends "base.html" %}{% block title %}{{ name }}{% endblock %}'
        "{% block main %}<h1>{{ name }}</h1>{% endblock %}",
        "own.css": "h1 { color: red; }",
        "own.js": "const own = 1;\r\nconst two = 2;",
    }
)


def test_a_page_of_another_package_stands_on_the_same_base() -> None:
    page = write("own.html", loader=OWN, styles=("own.css",), name="Certificate")
    assert "<h1>Certificate</h1>" in page
    assert "h1 { color: red; }" in page
    assert 'class="skip" href="#main"' in page


def test_what_a_template_is_not_given_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        write("own.html", loader=OWN)


def test_values_are_text_and_never_markup() -> None:
    page = write("own.html", loader=OWN, name="</title><script>alert(1)</script>")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_each_script_is_allowed_by_its_hash_and_no_other_is() -> None:
    page = unescape(write("own.html", loader=OWN, scripts=("own.js",), resting={"later": "const later = 3;"}, name="n"))
    scripts = re.findall(r"<script[^>]*>(.*?)</script>", page, re.DOTALL)
    assert len(scripts) == 3
    for text in scripts:
        assert f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" in page
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    assert policy[1].startswith("default-src 'none';")
    assert policy[1].count("sha256-") == 3
    assert "unsafe-inline" not in policy[1].split("script-src")[1]


@pytest.mark.parametrize("bad", ["let a = '</script>';", "let a = '<!--';"])
def test_a_script_that_would_end_its_element_is_a_bug(bad: str) -> None:
    with pytest.raises(AssertionError):
        write("own.html", loader=OWN, resting={"later": bad}, name="n")
