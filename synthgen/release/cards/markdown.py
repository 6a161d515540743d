"""README.md, which a Hugging Face hub reads as a dataset card, and MODEL_CARD.md."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from synthgen.model import Model, statement
from synthgen.release.cards.facts import Facts
from synthgen.schema import Column
from synthgen.schema.yaml import yaml_text

_SIZES: Final = ((10**3, "n<1K"), (10**4, "1K<n<10K"), (10**5, "10K<n<100K"), (10**6, "100K<n<1M"), (10**7, "1M<n<10M"))
_LARGE: Final = "n>10M"


def dataset_card(facts: Facts) -> str:
    """README.md: the hub's fields on top, then what a person wants to know first."""
    return f"---\n{yaml_text(_hub(facts))}---\n\n{_rendered('dataset_card.md', facts)}"


def model_card(facts: Facts, model: Model) -> str:
    """MODEL_CARD.md: how the rows were made."""
    return _rendered("model_card.md", facts, manifest=model.manifest, promise=statement(model), rows=model.rows)


def _rendered(template: str, facts: Facts, **more: Any) -> str:
    room = Environment(
        loader=PackageLoader("synthgen.release"),
        autoescape=False,  # noqa: S701 - Markdown; what could be markup is escaped by the filter `md`
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    room.filters["md"] = escaped
    return room.get_template(template).render(facts=facts, it=facts.certificate, kind=kind, **more)


def _hub(facts: Facts) -> dict[str, Any]:
    """The hub's fields, https://huggingface.co/docs/hub/datasets-cards."""
    preferred = [file.path for file in facts.data if PurePosixPath(file.path).suffix == ".parquet"]
    size = next((word for limit, word in _SIZES if facts.rows < limit), _LARGE)
    licence = {"license": facts.about.licence} if facts.about.licence else {"license": "unknown"}
    return {
        "pretty_name": facts.title,
        **licence,
        "tags": [
            "synthetic",
            "tabular",
            *(["differential-privacy"] if facts.certificate["guarantee"]["covers_rows"] else []),
        ],
        "size_categories": [size],
        "configs": [{"config_name": "default", "data_files": (preferred or [facts.data[0].path])[0]}],
    }


def escaped(text: object) -> str:
    r"""Text in a line or a table of Markdown, whatever is in it.

    >>> print(escaped("a|b *c* <d>"))
    a\|b \*c\* &lt;d&gt;
    """
    line = " ".join(str(text).split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"\\{letter}" if letter in "\\`*_[]|#" else letter for letter in line)


def kind(column: Column) -> str:
    """A column's kind and what is public of its domain, in a few words."""
    low, high = getattr(column, "minimum", None), getattr(column, "maximum", None)
    values = getattr(column, "values", None)
    if low is not None and high is not None:
        return f"{column.type}, {low} to {high}"
    return f"{column.type}, {len(values)} levels" if values else column.type
