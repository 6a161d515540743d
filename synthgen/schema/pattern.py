r"""Patterns: the part of regular expressions that spells a finite set of texts, and that set as an automaton.

    literals and \escapes   [A-Z0-9] [^abc] . \d \w \s   (group) (?:group)   a|b   {n} {n,m} {n,} ? * +

`*`, `+` and `{n,}` stop `MORE` repeats above their minimum, so that the set is finite. What looks around, looks back or
changes the rules is refused. Texts are printable ASCII, and literals of any alphabet.

The automaton is deterministic: each text of the set is one path, however many ways the pattern has of spelling it
(subset construction; Rabin and Scott, 1959). So the texts can be counted, and numbered.
"""

from __future__ import annotations

import string
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from synthgen.schema.mistakes import Mistake, show

MORE = 8
LONGEST = 256
MOST_STATES = 4_000
_PRINTABLE = frozenset(map(chr, range(32, 127)))
_CLASSES = {
    "d": frozenset(string.digits),
    "w": frozenset(string.ascii_letters + string.digits + "_"),
    "s": frozenset(" "),
}
_ESCAPES = {"t": "\t", "n": "\n"}
_MOST_GROUPS = 50

Ends = tuple[int, int]
"""Where a piece of the automaton starts and ends."""


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    """A place in the texts.

    accepts  a text may end here
    steps    characters, in order, and the state that each of them leads to
    size     how many texts lead on from here
    """

    accepts: bool
    steps: tuple[tuple[str, int], ...]
    size: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Pattern:
    """The texts that a pattern spells; state 0 is the start.

    order    the states, each after those that it leads to
    longest  characters of the longest text
    """

    states: tuple[State, ...]
    order: tuple[int, ...]
    longest: int

    @property
    def size(self) -> int:
        """How many different texts there are."""
        return self.states[0].size


def parse_pattern(text: str) -> Pattern:
    """Read a pattern; raises Mistake when it cannot be read, or spells no text or too many.

    >>> parse_pattern("TX-[0-9]{8}").size, parse_pattern("(a|aa)(a|aa)").size
    (100000000, 3)
    """
    if text.count("(") > _MOST_GROUPS:
        raise Mistake(expected=f"at most {_MOST_GROUPS} groups", got=show(text))
    reader = _Reader(text)
    start, end = reader.alternatives()
    if reader.left:
        raise reader.wrong("no ')' without a '('", "')'")
    return _counted(*_determined(reader, start, end), text)


class _Reader:
    """Reads a pattern into an automaton with free steps (Thompson, 1968)."""

    def __init__(self, text: str) -> None:
        body = text.removeprefix("^")
        self.text = text
        self.left = body[:-1] if body.endswith("$") and not body.endswith("\\$") else body
        self.free: list[list[int]] = []
        self.steps: list[list[tuple[frozenset[str], int]]] = []

    def wrong(self, expected: str, got: str, fix: str = "") -> Mistake:
        return Mistake(expected=expected, got=f"{got} in {show(self.text)}", fix=fix)

    def take(self, expected: str) -> str:
        if not self.left:
            raise self.wrong(expected, "the end")
        letter, self.left = self.left[0], self.left[1:]
        return letter

    def state(self) -> int:
        if len(self.free) >= MOST_STATES:
            raise self.wrong(f"a pattern of at most {MOST_STATES:,} places", "more", "repeat less")
        self.free.append([])
        self.steps.append([])
        return len(self.free) - 1

    def alternatives(self) -> Ends:
        start, end = self.state(), self.state()
        while True:
            first, last = self.sequence()
            self.free[start].append(first)
            self.free[last].append(end)
            if not self.left.startswith("|"):
                return start, end
            self.left = self.left[1:]

    def sequence(self) -> Ends:
        start = end = self.state()
        while self.left and self.left[0] not in "|)":
            first, last = self.repeated()
            self.free[end].append(first)
            end = last
        return start, end

    def repeated(self) -> Ends:
        """An item and how often; each repeat is read anew."""
        before = self.left
        ends = self.item()
        item, least, most = before[: len(before) - len(self.left)], *self.times()
        after = self.left
        if (least, most) == (1, 1):
            return ends
        start = end = self.state()
        exits = []
        for turn in range(most):
            if turn >= least:
                exits.append(end)
            self.left = item
            first, last = self.item()
            self.free[end].append(first)
            end = last
        self.left = after
        final = self.state()
        for place in (*exits, end):
            self.free[place].append(final)
        return start, final

    def times(self) -> tuple[int, int]:
        """How often the item before comes: at least, at most."""
        simple = {"?": (0, 1), "*": (0, MORE), "+": (1, 1 + MORE)}
        if self.left[:1] in simple:
            least, most = simple[self.take("")]
        elif self.left.startswith("{"):
            inside, closed, rest = self.left[1:].partition("}")
            low, comma, high = inside.partition(",")
            if not closed or not low.isdecimal() or (high and not high.isdecimal()):
                raise self.wrong("{n} or {n,m}", show("{" + inside + closed), "write \\{ for the character")
            self.left = rest
            least = int(low)
            most = int(high) if high else least + MORE if comma else least
        else:
            return 1, 1
        if not least <= most <= LONGEST:
            raise self.wrong(f"at least <= at most <= {LONGEST} repeats", f"{least} and {most}")
        if self.left[:1] in {"?", "+"}:  # lazy or possessive: the texts are the same
            self.left = self.left[1:]
        return least, most

    def item(self) -> Ends:
        letter = self.take("a character")
        if letter == "(":
            return self.group()
        if letter in "?*+{":
            raise self.wrong("something to repeat", f"{letter!r}", f"write \\{letter} for the character")
        if letter in "^$":
            raise self.wrong("^ at the start and $ at the end only", f"{letter!r}", f"write \\{letter}")
        letters = (
            self.listed()
            if letter == "["
            else self.escaped()
            if letter == "\\"
            else _PRINTABLE
            if letter == "."
            else frozenset(letter)
        )
        start, end = self.state(), self.state()
        self.steps[start].append((letters, end))
        return start, end

    def group(self) -> Ends:
        if self.left.startswith("?"):
            if not self.left.startswith("?:"):
                raise self.wrong("(...) or (?:...)", show("(" + self.left[:2]), "patterns here do not look around")
            self.left = self.left[2:]
        ends = self.alternatives()
        if self.take("a ')'") != ")":
            raise self.wrong("a ')'", "none")
        return ends

    def escaped(self) -> frozenset[str]:
        letter = self.take("a character after \\")
        if letter in _CLASSES:
            return _CLASSES[letter]
        if letter.lower() in _CLASSES:
            return _PRINTABLE - _CLASSES[letter.lower()]
        if letter in _ESCAPES:
            return frozenset(_ESCAPES[letter])
        if letter.isalnum():
            raise self.wrong("\\d, \\w, \\s or an escaped sign", f"'\\{letter}'", "patterns here do not look back")
        return frozenset(letter)

    def listed(self) -> frozenset[str]:
        """What stands in [brackets]."""
        inverted = self.left.startswith("^")
        self.left = self.left[inverted:]
        letters: set[str] = set()
        first = True
        while (letter := self.take("a ']'")) != "]" or first:
            first = False
            one = self.escaped() if letter == "\\" else frozenset(letter)
            if self.left[:1] == "-" and self.left[1:2] not in {"", "]"}:
                self.left = self.left[1:]
                last = self.take("a ']'")
                end = self.escaped() if last == "\\" else frozenset(last)
                if len(one) != 1 or len(end) != 1 or min(one) > min(end):
                    raise self.wrong("a range from low to high", show(f"{letter}-{last}"))
                one = frozenset(map(chr, range(ord(min(one)), ord(min(end)) + 1)))
            letters |= one
        found = frozenset(_PRINTABLE - letters if inverted else letters)
        if not found:
            raise self.wrong("characters that can stand there", "none")
        return found


def _determined(reader: _Reader, start: int, end: int) -> tuple[list[dict[str, int]], list[bool]]:
    """Steps of each state of the deterministic automaton, and whether a text may end there."""

    def closed(states: set[int]) -> frozenset[int]:
        todo, seen = list(states), set(states)
        while todo:
            new = set(reader.free[todo.pop()]) - seen
            seen |= new
            todo += new
        return frozenset(state for state in seen if reader.steps[state] or state == end)

    first = closed({start})
    number, steps, order = {first: 0}, list[dict[str, int]](), [first]
    for states in order:
        targets: dict[str, set[int]] = {}
        for state in states:
            for letters, target in reader.steps[state]:
                for letter in letters:
                    targets.setdefault(letter, set()).add(target)
        steps.append({})
        known: dict[frozenset[int], frozenset[int]] = {}
        for letter in sorted(targets):
            group = frozenset(targets[letter])
            found = known.setdefault(group, frozenset()) or closed(set(group))
            known[group] = found
            if found not in number:
                number[found] = len(order)
                order.append(found)
                if len(order) > MOST_STATES:
                    raise reader.wrong(f"a pattern of at most {MOST_STATES:,} places", "more", "repeat less")
            steps[-1][letter] = number[found]
    return steps, [end in states for states in order]


def _counted(steps: list[dict[str, int]], accepts: list[bool], text: str) -> Pattern:
    """How many texts lead on from each state, and how long they get."""
    sizes, depths = [0] * len(steps), [0] * len(steps)
    order = _last_first(steps)
    for state in order:
        following = steps[state].values()
        sizes[state] = accepts[state] + sum(sizes[target] for target in following)
        depths[state] = max((depths[target] + 1 for target in following), default=0)
    if not depths[0]:
        raise Mistake(expected="a pattern that spells something", got=show(text))
    if depths[0] > LONGEST:
        raise Mistake(expected=f"texts of at most {LONGEST} characters", got=f"{depths[0]} in {show(text)}")
    states = tuple(
        State(accepts=ends, steps=tuple(_grouped(moves)), size=size)
        for moves, ends, size in zip(steps, accepts, sizes, strict=True)
    )
    return Pattern(states=states, order=tuple(order), longest=depths[0])


def _grouped(moves: dict[str, int]) -> Iterator[tuple[str, int]]:
    """Characters that lead to the same state, together."""
    for target, letters in groupby(sorted(moves, key=lambda letter: (moves[letter], letter)), key=moves.__getitem__):
        yield "".join(letters), target


def _last_first(steps: list[dict[str, int]]) -> list[int]:
    """States so that each comes after those that it leads to; the texts are finite, so there is such an order."""
    order, seen, todo = list[int](), set[int](), [(0, False)]
    while todo:
        state, done = todo.pop()
        if done:
            order.append(state)
        elif state not in seen:
            seen.add(state)
            todo.append((state, True))
            todo += [(target, False) for target in set(steps[state].values()) if target not in seen]
    return order
