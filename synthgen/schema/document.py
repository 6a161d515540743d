"""YAML text as plain values, and the line on which each of them stands.

Scalars follow YAML 1.2 with one more caution: a plain word is a number only when that number is spelled the
same way. So `yes`, `no`, `on`, `2019-12-31` and `012` are text, and so are `1e5` and `1.50`: a level must not
change its spelling on the way in. (Bounds take numerals as text too.)
"""

from __future__ import annotations

from typing import Any

import yaml

from synthgen.schema.mistakes import Place, wrong

_TEXT, _LIST, _MAPPING = (f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map"))
_WORDS: dict[str, bool | None] = dict.fromkeys(("", "~", "null", "Null", "NULL")) | {
    spelling: word == "true" for word in ("true", "false") for spelling in (word, word.title(), word.upper())
}


def plain(word: str) -> bool | int | float | str | None:
    """What an unquoted word means.

    >>> plain("true"), plain("12"), plain("2.5"), plain("~"), plain("yes"), plain("012"), plain("1e5"), plain("1.50")
    (True, 12, 2.5, None, 'yes', '012', '1e5', '1.50')
    """
    if word in _WORDS:
        return _WORDS[word]
    for kind in (int, float) if word[-1].isdigit() else ():
        try:
            number = kind(word)
        except ValueError:
            continue
        if repr(number) == word:
            return number
    return word


class Document:
    r"""One YAML document: `value` in plain dicts, lists and scalars, and the line of every place in it.

    Raises SchemaError for text that is not YAML, for a key that stands twice in a mapping, for tags, for
    merge keys and for aliases that contain themselves.

    >>> document = Document("a:\n  - 1\n  - x: yes\n", source="s")
    >>> document.value, document.line(("a", 1, "x")), document.line(("a", 7)), document.line(("b",))
    ({'a': [1, {'x': 'yes'}]}, 3, 1, 1)
    """

    def __init__(self, text: str, *, source: str) -> None:
        self.source = source
        self._root = _compose(text, source)
        self._values: dict[int, Any] = {}
        self.value: Any = self._value(self._root, ()) if self._root is not None else None

    def line(self, place: Place) -> int:
        """The line (from 1) of the deepest part of `place` that the document has."""
        node, line = self._root, 1
        for step in place:
            if isinstance(node, yaml.MappingNode):
                found = next(((key, value) for key, value in node.value if key.value == step), None)
            elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
                found = (node.value[step], node.value[step])
            else:
                found = None
            if found is None:
                break
            line, node = found[0].start_mark.line + 1, found[1]
        return line

    def _value(self, node: yaml.Node, place: Place) -> Any:
        if id(node) in self._values:  # an alias: built once, however often it is used
            if self._values[id(node)] is _UNFINISHED:
                raise self._wrong(node, place, expected="a value", got="an alias that contains itself")
            return self._values[id(node)]
        if node.tag not in {_TEXT, _LIST, _MAPPING}:
            raise self._wrong(node, place, expected="no tags", got=node.tag, fix="quotes make a value text")
        self._values[id(node)] = _UNFINISHED
        self._values[id(node)] = value = self._build(node, place)
        return value

    def _build(self, node: yaml.Node, place: Place) -> Any:
        if isinstance(node, yaml.ScalarNode):
            value = plain(node.value) if node.style is None else node.value
            if value is None and place:
                fix = "leave the key out, or put quotes around null when it is text"
                raise self._wrong(node, place, expected="a value", got="nothing", fix=fix)
            return value
        if isinstance(node, yaml.SequenceNode):
            return [self._value(item, (*place, index)) for index, item in enumerate(node.value)]
        lines: dict[str, int] = {}
        built: dict[str, Any] = {}
        for key, value in node.value:
            self._check_key(key, place, lines)
            built[key.value] = self._value(value, (*place, key.value))
        return built

    def _check_key(self, key: yaml.Node, place: Place, lines: dict[str, int]) -> None:
        """Refuse a key that is no word, stands a second time, or merges; remember its line."""
        if not isinstance(key, yaml.ScalarNode):
            raise self._wrong(
                key, place, expected="a word as key", got="a list or a mapping", fix="put quotes around it"
            )
        if not key.value and key.style is None:
            raise self._wrong(key, place, expected="a key", got="nothing", fix="put quotes around ? when it is text")
        if key.value == "<<":
            raise self._wrong(key, place, expected="keys written out", got="a merge, <<", fix="repeat the keys")
        if key.value in lines:
            got = f"it on line {lines[key.value]} and again here"
            raise self._wrong(key, (*place, key.value), expected="each key once", got=got, fix="remove one")
        lines[key.value] = key.start_mark.line + 1

    def _wrong(self, node: yaml.Node, place: Place, *, expected: str, got: str, fix: str = "") -> Exception:
        return wrong(self.source, place, node.start_mark.line + 1, expected=expected, got=got, fix=fix)


_UNFINISHED = object()


def _compose(text: str, source: str) -> yaml.Node | None:
    try:
        return yaml.compose(text, Loader=yaml.BaseLoader)  # BaseLoader resolves nothing: all is text
    except yaml.MarkedYAMLError as error:
        raise _not_yaml(error, source, text) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise wrong(source, (), line, expected="YAML text", got="a control character", fix="is it the data?") from None
    except RecursionError:
        raise wrong(source, (), None, expected="a few levels of nesting", got="hundreds") from None


def _not_yaml(error: yaml.MarkedYAMLError, source: str, text: str) -> Exception:
    """Word what the YAML parser found; the common slips get their fix."""
    context, problem = error.context or "", error.problem or "something else"
    opened = context.startswith(("while parsing a flow", "while scanning a quoted"))
    mark = (error.context_mark if opened else None) or error.problem_mark
    line = mark.line + 1 if mark else 1
    found = "".join(text.splitlines()[line - 1 : line])
    if "'\\t'" in problem or found.lstrip(" ").startswith("\t"):
        return wrong(source, (), line, expected="spaces before the first word", got="a tab", fix="indent with spaces")
    if "single document" in context:
        return wrong(source, (), line, expected="one document", got="a second one", fix="remove the ---")
    fix = next(
        (fix for words, fix in _SLIPS.items() if words in f"{context} {problem}"), "check indentation and quotes"
    )
    detail = f"{problem} {context}".strip()
    return wrong(source, (), line, expected="YAML", got=f"a line that breaks it ({detail})", fix=fix)


_SLIPS = {
    "flow": "close the bracket",
    "quoted scalar": "close the quote",
    "mapping values": "check the indentation, and put quotes around text that holds a colon",
    "alias": "put quotes around text that begins with *",
    "anchor": "put quotes around text that begins with &",
    "cannot start any token": "put quotes around text that begins with @, ` or %",
}
