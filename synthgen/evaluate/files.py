"""Reports as files: a folder with the page and its figures, and a report read again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from synthgen.errors import ConfigError, ReportError
from synthgen.evaluate.report import Report, public
from synthgen.evaluate.written import from_json, markdown, to_json
from synthgen.tables import atomic_folder, atomic_path, check_folder, check_output

MOST_BYTES: Final = 512 * 2**20
"""Of a report file, at most."""


def names_of(*, is_public: bool) -> tuple[str, str]:
    """What the page and the figures are called."""
    stem = "report.public" if is_public else "report"
    return f"{stem}.html", f"{stem}.json"


def check_report(folder: str | Path, *, is_public: bool, force: bool) -> None:
    """Refuse a folder that cannot be written, before any work is done for it. Raises ConfigError.

    With `force` it may be there, and its files of these names are replaced.
    """
    if not (force and Path(folder).is_dir()):
        if not force and any(Path(folder, name).exists() for name in names_of(is_public=is_public)):
            raise ConfigError(
                str(folder), expected="a new folder", got="one with a report", fix="choose another name or --force"
            )
        check_folder(folder)
        return
    for name in names_of(is_public=is_public):
        check_output(Path(folder, name), force=True)


def write_report(report: Report, folder: str | Path, *, is_public: bool = False, force: bool = False) -> list[Path]:
    """Write the page and the JSON into a new folder, whole or not at all; what is public alone, if so told.

    Returns the files. Raises ConfigError.
    """
    from synthgen.evaluate.page import page  # noqa: PLC0415 - heavy: reading a report does without

    shown = public(report) if is_public else report
    texts = dict(zip(names_of(is_public=is_public), (page(shown, public=is_public), to_json(shown)), strict=True))
    if force and Path(folder).is_dir():
        for name, text in texts.items():
            write_text(Path(folder, name), text, force=True)
    else:
        with atomic_folder(folder) as temporary:
            for name, text in texts.items():
                (temporary / name).write_text(text, encoding="utf-8")
    return [Path(folder, name) for name in texts]


def write_markdown(report: Report, path: str | Path, *, is_public: bool = False, force: bool = False) -> None:
    """Write a few lines for a pull request; of what is public alone, if so told. Raises ConfigError."""
    write_text(path, markdown(public(report) if is_public else report), force=force)


def write_text(path: str | Path, text: str, *, force: bool) -> None:
    """Write a text file, whole or not at all. Raises ConfigError."""
    with atomic_path(path, force=force) as temporary:
        temporary.write_text(text, encoding="utf-8")


def read_report(path: str | Path) -> Report:
    """Read report.json again. Raises ConfigError for a file that cannot be read and ReportError for another one."""
    with _readable(path):
        if Path(path).stat().st_size > MOST_BYTES:
            raise ReportError(str(path), expected=f"at most {MOST_BYTES:,} bytes", got="more", fix="is it a report?")
        text = Path(path).read_bytes()
    return from_json(text)


@contextmanager
def _readable(path: str | Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise ConfigError(str(path), expected="a report", got="nothing there", fix="check the path") from None
    except OSError:
        raise ConfigError(str(path), expected="a file that may be read", got="none", fix="check the path") from None
