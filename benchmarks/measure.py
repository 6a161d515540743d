"""What is measured, each in a process of its own: so that its memory and CPU seconds are its own too.

CPU seconds are those of the process, whatever threads it has; the environment allows one each. Imports are apart.
"""

from __future__ import annotations

import math
import multiprocessing
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, ParamSpec, TypeVar

import numpy as np
import pandas as pd
from pairs import pair_errors
from splits import schema_of, spelled_like

from synthgen import draws, fit, load_schema
from synthgen.model import Model
from synthgen.privacy import epsilon as priced
from synthgen.privacy.counting import View, pair_counts
from synthgen.privacy.rows import BLOCK_ROWS
from synthgen.tables import open_writer

P = ParamSpec("P")
T = TypeVar("T")

DELTA = 1e-5
DELTA_OF_MILLIONS = 1e-9
"""Well below 1/rows for the largest table of the speed benchmark."""
ONE_THREAD = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def in_fresh_process(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function of a module in a new interpreter with one thread a library."""
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, *args, **kwargs).result()


def peak_mib() -> float:
    """Most memory that this process has held, in MiB.

    On Linux from /proc: `ru_maxrss` begins at what the parent held.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 1024)


@dataclass(kw_only=True, slots=True)
class Clock:
    """CPU seconds by name."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def timing(self, name: str) -> Iterator[None]:
        """Add the CPU seconds of a block."""
        start = time.process_time()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.process_time() - start

    def watch(self, module: object, function: str, name: str) -> None:
        """Time every call of a module's function from now on."""
        inner = getattr(module, function)

        def timed(*args: object, **kwargs: object) -> object:
            with self.timing(name):
                return inner(*args, **kwargs)

        setattr(module, function, timed)


@dataclass(frozen=True, kw_only=True, slots=True)
class Quality:
    """One fit and its sample.

    pair_errors  mean total variation over pairs of columns, on the codec's levels, against the training rows: of the
                 model itself ("model"), of balanced and of independent samples. Not private: computed from outside
    """

    fit_cpu_s: float
    peak_mib: float
    sample_cpu_s: float
    epsilon_spent: float
    levels: int
    pair_errors: dict[str, float]
    warnings: tuple[str, ...]


def fit_and_sample(
    name: str,
    train_path: Path,
    *,
    epsilon: float,
    effort: Literal["quick", "high"],
    seed: int,
    iid: bool,
    out: Path,
) -> Quality:
    """Fit a table of the benchmark, write a sample of the training table's size, and say what it took."""
    import torch  # noqa: PLC0415 - the parent need not load it

    import synthgen.train  # noqa: F401, PLC0415 - imports are apart from the fit

    torch.set_num_threads(1)
    train = pd.read_parquet(train_path)
    schema, clock = schema_of(name, train), Clock()
    with clock.timing("fit"):
        made = fit(
            train_path,
            schema,
            epsilon=epsilon,
            delta=DELTA,
            effort=effort,
            seed=seed,
            device="cpu",
            no_privacy=math.isinf(epsilon),
        )
    peak = peak_mib()
    with clock.timing("sample"):
        sample = made.sample(len(train), seed=seed, iid=iid)
    spelled_like(sample, train, schema).to_parquet(out)
    other = made.sample(len(train), seed=seed, iid=not iid)
    samples = {"independent" if iid else "balanced": sample, "balanced" if iid else "independent": other}
    return Quality(
        fit_cpu_s=clock.seconds["fit"],
        peak_mib=peak,
        sample_cpu_s=clock.seconds["sample"],
        epsilon_spent=priced(made.model.events, DELTA) if math.isfinite(epsilon) else math.inf,
        levels=int(made.model.codec.offsets[-1]),
        pair_errors=pair_errors(made.model, train, samples),
        warnings=made.warnings,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class FitCost:
    """CPU seconds of a fit, and the peak memory of its process.

    reading   the pass over the rows: read, validate, encode, keep codes
    counting  integer counts of every column and pair of columns; part of it for all pairs
    rest      everything else, which should not depend on the number of rows
    """

    total: float
    reading: float
    counting: float
    rest: float
    peak_mib: float


def fit_cost(data: Path, schema: Path, *, epsilon: float, save: Path | None = None) -> FitCost:
    """What a fit costs, by the part that sees the rows and the part that does not."""
    import torch  # noqa: PLC0415 - the parent need not load it

    import synthgen.privacy.table as door  # noqa: PLC0415 - only a measured fit needs it
    import synthgen.train as private_half  # noqa: PLC0415 - likewise

    torch.set_num_threads(1)
    clock, loaded = Clock(), load_schema(schema)
    clock.watch(private_half, "behind_the_door", "reading")
    clock.watch(door, "cell_counts", "counting")
    clock.watch(door, "pair_counts", "counting")
    with clock.timing("total"):
        made = fit(data, loaded, epsilon=epsilon, delta=DELTA_OF_MILLIONS, device="cpu")
    if save is not None:
        made.save(save, force=True)
    spent = clock.seconds
    rest = spent["total"] - spent["reading"] - spent["counting"]
    return FitCost(**spent, rest=rest, peak_mib=peak_mib())


@dataclass(frozen=True, kw_only=True, slots=True)
class SampleCost:
    """CPU seconds of a sample written into a file, all that is prepared before its first row included."""

    rows: int
    seconds: float
    peak_mib: float


def sample_cost(model: Path, out: Path, *, rows: int, where: str | None, iid: bool) -> SampleCost:
    """What it costs to write a sample as Parquet, as `synthgen sample` does; loading the model is apart."""
    loaded, clock = Model.load(model), Clock()
    with clock.timing("sample"):
        ready = draws(loaded, rows, where=where, seed=1, iid=iid)
        with open_writer(out, ready.schema, format="parquet", force=True) as writer:
            for batch in ready.batches():
                writer.write(batch)
    return SampleCost(rows=rows, seconds=clock.seconds["sample"], peak_mib=peak_mib())


def counting_cost(rows: int, columns: int, levels: int, groups: int) -> float:
    """CPU seconds to count all pairs of columns of coded rows, in groups."""
    rng = np.random.default_rng(0)
    names = [f"column {number}" for number in range(columns)]
    view = View(
        level_of={name: np.arange(levels) for name in names},
        group_column=names[0],
        group_of=np.arange(levels) % groups,
    )
    sizes = [min(BLOCK_ROWS, rows - start) for start in range(0, rows, BLOCK_ROWS)]
    blocks = [{name: rng.integers(0, levels, size, dtype=np.uint8) for name in names} for size in sizes]
    clock = Clock()
    with clock.timing("counting"):
        pair_counts(blocks, view)
    return clock.seconds["counting"]
