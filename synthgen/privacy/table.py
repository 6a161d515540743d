"""The only door to the private rows.

Rows go in once, coded; nothing comes out but what a mechanism releases. Each method charges the ledger *before* it
looks at a row, then adds noise to exact counts. What was charged is decided by public facts alone: the domains, the
requests, and earlier noisy answers.

The number of rows is private too. It is never returned, and no noise scale, threshold or branch depends on it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NoReturn

import numpy as np
from numpy.typing import NDArray

from synthgen.privacy.bounding import keep_some, sizes_of, twos_of
from synthgen.privacy.counting import Counts, Pairs, View, cell_counts, pair_counts, units_alike, units_in
from synthgen.privacy.events import Event, Exact, Gaussian, Part, PartitionSelection
from synthgen.privacy.ledger import Ledger
from synthgen.privacy.mechanisms import DiscreteGaussian, Noise, add_noise, threshold_for
from synthgen.privacy.requests import Discovered, Histogram, Run, TableRequest
from synthgen.privacy.rows import Block, Entry, Spellings, collect, rows_in, select

if TYPE_CHECKING:  # not imported otherwise: Opacus takes seconds, and most fits need none of it
    from synthgen.privacy.dpsgd.descent import Descent


class PrivateTable:
    """Private rows behind their mechanisms. It has no length, prints as nothing, and refuses to be pickled."""

    __slots__ = (
        *("_blocks", "_cells", "_hidden", "_ledger", "_noise", "_ones", "_owners", "_pairs", "_per_unit", "_sizes"),
        *("_twos", "_view"),
    )

    def __init__(
        self,
        blocks: list[Block],
        *,
        cells: Mapping[str, int],
        hidden: Mapping[str, Spellings],
        rows_per_unit: int,
        sizes: tuple[Counts, Counts],
        twos: tuple[NDArray[np.intp], NDArray[np.intp]],
        owners: NDArray[np.uint64] | None,
        ledger: Ledger,
        noise: Noise,
    ) -> None:
        """For `enter` alone: the blocks must be bounded already; `twos` are places in them, `sizes` from before.

        `owners` has the unit of each row; None: each row is a unit.
        """
        self._blocks = blocks
        self._owners = owners
        self._sizes = sizes
        self._twos = twos
        self._cells = dict(cells)
        self._hidden = dict(hidden)
        self._per_unit = rows_per_unit
        self._ledger = ledger
        self._noise = noise
        self._ones: dict[str, Counts] = {}
        self._view: View | None = None
        self._pairs: Pairs | None = None

    @classmethod
    def enter(
        cls,
        batches: Iterable[Entry],
        *,
        cells: Mapping[str, int],
        rows_per_unit: int,
        ledger: Ledger,
        discover: Collection[str] = (),
        noise: Noise | None = None,
    ) -> PrivateTable:
        """Take in all rows, and keep a random `rows_per_unit` of each unit's.

        `cells` has each column's number of cells, at least 1; a code beyond them counts as the last. For the columns
        of `discover`, whose values are unknown, it is the number of public cells beside them (missing; 0 if none).
        `noise` is for tests: leave it, and noise comes from the operating system's entropy (unless the ledger is that
        of a rehearsal). The ledger remembers it, and a model that was fitted so says so for ever.
        """
        if noise is not None:
            ledger.tell_fixed_noise()
        noise = noise or ledger.rehearsal or DiscreteGaussian()
        if rows_per_unit < 1 or any(number < 1 for name, number in cells.items() if name not in discover):
            raise ValueError("rows_per_unit and the cells of every column must be positive")
        hidden = {name: Spellings(cells[name]) for name in discover}
        blocks, units = collect(batches, cells=cells, spellings=hidden)
        rows = np.array([sum(map(rows_in, blocks))], np.int64)
        sizes = (np.ones(1, np.int64), rows) if units is None else sizes_of(units)
        twos, owners = (np.zeros(0, np.intp), np.zeros(0, np.intp)), None
        if units is not None:
            keep = keep_some(units, rows_per_unit)
            blocks, twos = select(blocks, keep), twos_of(units[keep])
            owners = units[keep] if rows_per_unit > 1 else None
        return cls(
            blocks,
            cells=cells,
            hidden=hidden,
            rows_per_unit=rows_per_unit,
            sizes=sizes,
            twos=twos,
            owners=owners,
            ledger=ledger,
            noise=noise,
        )

    def __repr__(self) -> str:
        return f"PrivateTable({len(self._cells)} columns)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a private table stays in its process: it is not copied and not pickled")

    @property
    def cells(self) -> dict[str, int]:
        """Number of cells of each column; public. Columns yet to be discovered are not in it."""
        return {name: number for name, number in self._cells.items() if name not in self._hidden}

    @property
    def rows_per_unit(self) -> int:
        """The most rows of one unit that are in here: the sensitivity of a count table."""
        return self._per_unit

    def histograms(self, what: str, requests: Sequence[Histogram]) -> list[Counts]:
        """One noisy histogram a request, int64 [bins], all in one release; L2 sensitivity rows_per_unit each."""
        for request in requests:
            self._check_bins(request)
        asked = [(request.column, request.bins, request.sigma) for request in requests]
        return self._release(what, asked, self._per_unit, lambda: [self._histogram(request) for request in requests])

    def unit_sizes(self, what: str, name: str, edges: NDArray[np.int64], sigma: float) -> Counts:
        """How many units have edges[i] to edges[i + 1] - 1 rows, noisy, int64 [edges]; the last bin has no end.

        All rows of a unit are counted, those too that bounding left out, and still the L2 sensitivity is 1 whatever
        `rows_per_unit` is: let tables T and T' differ by one unit u, whose rows only T' has. In which bin a unit lies
        is a function of its own rows and of `edges`, which is public; so every other unit lies in the same bin in
        both tables. The unit u has m rows in T'. With m = 0 it is in no bin and the two histograms are one. With
        m >= 1 = edges[0], and edges rising, exactly one i has edges[i] <= m < edges[i + 1]: bin i is higher by one in
        T', all others are equal. The difference of the histograms is a unit vector: L1, L2 and largest change are 1.

        `name` is what the ledger calls the part: the column of the unit. Raises ValueError unless `edges` begin at 1
        and rise: a bug of the caller.
        """
        edges = np.asarray(edges, np.int64)
        if edges.ndim != 1 or edges.size == 0 or edges[0] != 1 or (np.diff(edges) <= 0).any():
            raise ValueError("edges of sizes begin at 1 and rise")
        (counts,) = self._release(
            what, [(name, len(edges), sigma)], 1.0, lambda: [units_in(self._sizes, edges)], per_cell=1
        )
        return counts

    def alike(self, what: str, columns: Sequence[str], sigma: float) -> Counts:
        """How many units have two rows, and how many of these have the same level in both, by column; noisy.

        int64 [1 + columns], in one release. Of a unit with more than two kept rows, two are picked at random. Levels
        are those of `set_levels`, which comes before.

        L2 sensitivity sqrt(1 + columns), whatever `rows_per_unit` is: which rows of a unit are kept, and which two of
        them are compared, is decided unit by unit, with luck that has nothing to do with any other unit. So for any
        outcome of the others' choices, a unit that is added or removed brings or takes its own two rows only: each
        count changes by at most 1, the vector of them by at most the square root of their number.
        """
        view = self._seen()
        if not set(columns) <= set(view.level_of):
            raise ValueError("set_levels comes before, for each of the columns")
        cells = 1 + len(columns)
        asked = [("units with two rows, and alike in a column", cells, sigma)]
        (counts,) = self._release(
            what, asked, math.sqrt(cells), lambda: [units_alike(self._blocks, self._twos, columns, view)], per_cell=1
        )
        return counts

    def set_levels(
        self,
        level_of: Mapping[str, NDArray[np.integer]],
        *,
        group_column: str | None = None,
        group_of: NDArray[np.integer] | None = None,
    ) -> None:
        """Say how count tables see the rows from now on: cell -> level, and level of `group_column` -> group.

        Public: reads no row. Raises ConfigError where the tables would not fit into memory.
        """
        for name, levels in level_of.items():
            self._refuse_hidden(name)
            if len(levels) != self._cells[name]:
                raise ValueError(f"{name}: a level for each of its {self._cells[name]} cells, not {len(levels)}")
        if (group_column is None) != (group_of is None):
            raise ValueError("group_column and group_of come together")
        view = View(
            level_of={name: np.asarray(level_of[name], np.intp) for name in self._cells if name in level_of},
            group_column=group_column,
            group_of=np.zeros(1, np.intp) if group_of is None else np.asarray(group_of, np.intp),
        )
        view.check_size()
        self._view, self._pairs = view, None

    def tables(self, what: str, requests: Sequence[TableRequest]) -> list[Counts]:
        """One noisy table a request, all in one release; L2 sensitivity rows_per_unit each.

        int64 [levels of first, levels of second], with the groups in front where `by_group`.
        """
        group_column = self._seen().group_column if requests else None
        asked = [
            (
                request.name(group_column),
                math.prod(self._shape(request.columns, by_group=request.by_group)),
                request.sigma,
            )
            for request in requests
        ]
        return self._release(
            what,
            asked,
            self._per_unit,
            lambda: [self._table(request.columns, by_group=request.by_group) for request in requests],
        )

    def scores(
        self,
        what: str,
        candidates: Sequence[tuple[tuple[str, str], bool]],
        estimates: Sequence[NDArray[np.int64]],
        sigma: float,
    ) -> Counts:
        """How far each candidate's exact table is from its estimate in L1, noisy, int64 [candidates].

        A candidate is (columns, by_group); its estimate is whole numbers of the table's shape. One unit moves each
        score by at most rows_per_unit, so all of them by rows_per_unit * sqrt(candidates) in L2.
        """
        if not candidates:
            return np.empty(0, np.int64)
        shapes = [self._shape(columns, by_group=by_group) for columns, by_group in candidates]
        if [np.shape(estimate) for estimate in estimates] != shapes:
            raise ValueError("each candidate needs an estimate of its table's shape")

        def distances() -> list[Counts]:
            pairs = zip(candidates, estimates, strict=True)
            gaps = (self._table(columns, by_group=grouped) - estimate for (columns, grouped), estimate in pairs)
            return [np.array([np.abs(gap).sum() for gap in gaps], np.int64)]

        sensitivity = self._per_unit * math.sqrt(len(candidates))
        return self._release(what, [("scores", len(candidates), sigma)], sensitivity, distances)[0]

    def discover(self, what: str, column: str, *, sigma: float, delta: float) -> Discovered:
        """Release the spellings of a hidden column that enough rows have, and recode the column.

        A spelling that only one unit has is released with a probability of at most `delta`. Afterwards the column's
        cells are: the released names in order, then one for every other value, then the public cells beside them.
        With `sigma` 0 (exact, no privacy) every spelling is released. How long this takes tells how many spellings
        there are; whoever can time it must be trusted with that number.
        """
        spellings = self._hidden[column]
        threshold = threshold_for(sigma, self._per_unit, delta) if sigma else 1
        self._ledger.charge(self._selection(what, column, sigma, threshold, delta))
        # From here on rows are looked at. Sorted by spelling: nothing tells in which order the rows came.
        known = spellings.known
        counts = cell_counts(self._blocks, column, spellings.first + len(known))[spellings.first :]
        # A spelling none of whose rows were kept must not draw noise: one unit could bring any number of them.
        present = sorted((i for i in range(len(known)) if counts[i]), key=lambda i: known[i])
        exact = counts[present]
        noisy = self._noise(exact, sigma) if sigma else exact
        released = [(i, count) for i, count in zip(present, noisy.tolist(), strict=True) if count >= threshold]
        self._recode(column, [i for i, _ in released])
        names = tuple(known[i] for i, _ in released)
        return Discovered(names=names, counts=np.array([count for _, count in released], np.int64))

    def descend(
        self,
        what: str,
        *,
        noise_multiplier: float,
        sample_rate: float,
        steps: int,
        clip: float,
        divisor: float,
        device: str = "cpu",
        hardened: bool = False,
    ) -> Descent:
        """Charge for `steps` steps of DP-SGD; what comes back takes them. `set_levels` comes before: rows are levels.

        Every unit takes part in a step with probability `sample_rate`; its gradient is clipped to `clip` in the L2
        norm; the noise's standard deviation is `noise_multiplier` x `clip`; the sum is divided by `divisor`, the
        public expectation of a batch's units, whatever the true one is. `hardened`: integer noise on a grid, exact and
        slow. A noise multiplier of 0 is exact (neither clipping nor noise), which only an infinite epsilon allows.

        Raises ConfigError for numbers that make no sense or a device that is not here, and LedgerError where the
        budget cannot carry it: nothing was looked at then.
        """
        from synthgen.privacy.dpsgd.descent import Descent, event_for, found_device  # noqa: PLC0415 - Opacus takes seconds
        from synthgen.privacy.dpsgd.units import units_of  # noqa: PLC0415 - as above

        run = Run(
            noise_multiplier=noise_multiplier,
            sample_rate=sample_rate,
            steps=steps,
            clip=clip,
            divisor=divisor,
            hardened=hardened,
        )
        view, place = self._seen(), found_device(device)
        self._ledger.charge(event_for(what, run))
        units = units_of(self._blocks, view, self._owners, rows_per_unit=self._per_unit, device=place)
        return Descent(units, run, integers=self._noise)

    def rows(self, what: str) -> Counts:
        """The rows themselves, codes int64 [rows, columns], each column's offset by the levels before it.

        Only where privacy was given up: a finite budget refuses the charge (LedgerError). `set_levels` comes before.
        """
        view = self._seen()
        self._ledger.charge(Exact(what=what, names=("rows",)))
        offsets = np.cumsum([0, *view.levels.values()])
        columns = zip(view.level_of.items(), offsets, strict=False)
        joined = (np.concatenate([level_of[block[n]] for block in self._blocks]) + at for (n, level_of), at in columns)
        return np.stack(list(joined), axis=1).astype(np.int64)

    def _selection(self, what: str, column: str, sigma: float, threshold: int, delta: float) -> Event:
        if not sigma:
            return Exact(what=what, names=(column,))
        return PartitionSelection(what=what, sigma=sigma, sensitivity=self._per_unit, threshold=threshold, delta=delta)

    def _recode(self, column: str, released: Sequence[int]) -> None:
        """The column's new cells; its other spellings are forgotten."""
        cell_of, cells = self._hidden.pop(column).recoding(released)
        for block in self._blocks:
            block[column] = cell_of[block[column]]
        self._cells[column] = cells

    def _release(
        self,
        what: str,
        asked: Sequence[tuple[str, int, float]],
        sensitivity: float,
        exact: Callable[[], list[Counts]],
        *,
        per_cell: int | None = None,
    ) -> list[Counts]:
        """Charge for `asked` (name, cells, sigma), only then compute `exact`, and add noise.

        One unit moves a cell by `per_cell` at most; None: by rows_per_unit.
        """
        if not asked:
            return []
        sigmas = [sigma for _, _, sigma in asked]
        if not any(sigmas):
            self._ledger.charge(Exact(what=what, names=tuple(name for name, _, _ in asked)))
            return exact()
        parts = tuple(
            Part(name=name, cells=cells, sigma=sigma, sensitivity=sensitivity, per_cell=per_cell or self._per_unit)
            for name, cells, sigma in asked
        )
        self._ledger.charge(Gaussian(what=what, parts=parts))
        return add_noise(exact(), sigmas, self._noise)

    def _histogram(self, request: Histogram) -> Counts:
        """A new array: what is cached never leaves."""
        column = request.column
        if column not in self._ones:
            self._ones[column] = cell_counts(self._blocks, column, self._cells[column])
        binned = np.zeros(request.bins, np.int64)
        np.add.at(
            binned, np.arange(self._cells[column]) if request.bin_of is None else request.bin_of, self._ones[column]
        )
        return binned

    def _table(self, columns: tuple[str, str], *, by_group: bool) -> Counts:
        """A new array: what is cached never leaves."""
        if self._pairs is None:
            self._pairs = pair_counts(self._blocks, self._seen())
        a, b = columns
        table = self._pairs[a, b] if (a, b) in self._pairs else self._pairs[b, a].transpose(0, 2, 1)
        return table.copy() if by_group else table.sum(axis=0)

    def _shape(self, columns: tuple[str, str], *, by_group: bool) -> tuple[int, ...]:
        view = self._seen()
        shape = tuple(view.levels[column] for column in columns)
        return (view.groups, *shape) if by_group else shape

    def _seen(self) -> View:
        if self._view is None:
            raise ValueError("set_levels comes before count tables")
        return self._view

    def _check_bins(self, request: Histogram) -> None:
        """Every cell has a bin that exists, so that what is charged is what is counted."""
        self._refuse_hidden(request.column)
        cells = self._cells[request.column]
        bin_of = np.arange(cells) if request.bin_of is None else request.bin_of
        if len(bin_of) != cells or bin_of.min() < 0 or bin_of.max() >= request.bins:
            raise ValueError(f"{request.column}: a bin below {request.bins} for each of its {cells} cells")

    def _refuse_hidden(self, column: str) -> None:
        if column in self._hidden:
            raise ValueError(f"{column}: its values are unknown; discover them first")
