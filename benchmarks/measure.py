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

import pandas as pd
from pairs import pair_errors
from splits import schema_of, spelled_like

from synthgen import fit
from synthgen.privacy import epsilon as priced

P = ParamSpec("P")
T = TypeVar("T")

DELTA = 1e-5
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
