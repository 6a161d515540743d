"""Settings that all tests share."""

import os

import pytest
from hypothesis import settings

# A shared machine is slow now and then: a deadline would only fail by chance. CI must fail the same way twice.
settings.register_profile("here", deadline=None, max_examples=50)
settings.register_profile("ci", deadline=None, max_examples=50, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update-golden` writes the files of tests/golden again; a reviewer reads the difference."""
    parser.addoption("--update-golden", action="store_true", help="write the golden files of the tests again")
