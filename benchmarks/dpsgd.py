"""What a step of DP-SGD costs beside the same step without privacy, and beside Opacus' hooks.

    python benchmarks/dpsgd.py [--batch 4096] [--repeats 15] [--device cpu] [--json out.json]

A network 200-256-256-1 on rows of 20 columns with 10 levels each, its first layer a sum of embeddings or a linear
layer on one-hots; and the likelihood of a mixture of 512 products on the same rows. One thread. The three kinds of a
step take turns, so that a busy machine slows all of them; figures are medians of CPU seconds (on a GPU: of seconds) and
medians of the ratios of a turn.

ours      `Descent.gradients`: Poisson sampling, padding, clipping, noise in float64, division
plain     the mean gradient of a batch of exactly the expected size by autograd: rows gathered, one-hots made, forward,
          backward
opacus    `GradSampleModule` on one-hots made beforehand, then `DPOptimizer`'s clipping, noise and division
"""

from __future__ import annotations

import argparse
import json
import math
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from synthgen.privacy import Budget, Entry, Ledger, PrivateTable
from synthgen.privacy.dpsgd import LayeredLoss, MixtureLikelihood

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # Opacus' own
    from opacus import GradSampleModule
    from opacus.optimizers import DPOptimizer

ROWS, COLUMNS, LEVELS, WIDTH, COMPONENTS = 65_536, 20, 10, 256, 512
CODES = COLUMNS * LEVELS
Step = Callable[[], Any]


def main() -> None:
    """Run the benchmark."""
    options = _options()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    rows = torch.randint(0, LEVELS, (ROWS, COLUMNS)) + LEVELS * torch.arange(COLUMNS)
    results = {}
    for name, steps in _contests(rows, options.batch, options.device).items():
        results[name] = _race(steps, options.repeats, options.device)
        print(name, *(f"{key} {value:.4g}" for key, value in results[name].items()), sep="  ")
    if options.json:
        options.json.write_text(json.dumps(results, indent=1), encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--batch", type=int, default=4096, help="expected rows of a batch")
    parser.add_argument("--repeats", type=int, default=15, help="turns")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--json", type=Path, help="write the figures here")
    return parser.parse_args()


def _contests(rows: Tensor, batch: int, device: str) -> dict[str, dict[str, Step]]:
    table = _table(rows)
    there = rows.to(device)
    contests: dict[str, dict[str, Step]] = {}
    for name, first in (
        ("embedding sum", nn.EmbeddingBag(CODES, WIDTH, mode="sum")),
        ("linear", nn.Linear(CODES, WIDTH)),
    ):
        layers = [first, nn.LeakyReLU(0.2), nn.Linear(WIDTH, WIDTH), nn.LeakyReLU(0.2), nn.Linear(WIDTH, 1)]
        network = nn.Sequential(*layers).to(device)
        contests[name] = {
            "ours": _ours(table, LayeredLoss(layers=layers, loss=_loss), batch, device),
            "plain": _plain(network, there, batch, hot=name == "linear"),
            "opacus": _opacus(there[:batch], batch),
        }
    logits = torch.randn(COMPONENTS, COLUMNS, LEVELS).log_softmax(2).flatten(1).to(device)
    weights = torch.full((COMPONENTS,), 1 / COMPONENTS, device=device)
    mixture = MixtureLikelihood(
        weights=weights, log_probabilities=logits, offsets=torch.arange(0, CODES + 1, LEVELS), wrt="logits"
    )
    contests["mixture"] = {
        "ours": _ours(table, mixture, batch, device),
        "plain": _plain_mixture(logits, weights, there, batch),
    }
    return contests


def _table(rows: Tensor) -> PrivateTable:
    codes = {f"c{i}": (column - LEVELS * i).numpy() for i, column in enumerate(rows.unbind(1))}
    table = PrivateTable.enter(
        [Entry(codes=codes, units=None, rows=len(rows))],
        cells=dict.fromkeys(codes, LEVELS),
        rows_per_unit=1,
        ledger=Ledger(Budget(epsilon=math.inf, delta=0.0)),
    )
    table.set_levels({name: np.arange(LEVELS) for name in codes})
    return table


def _loss(outputs: Tensor) -> Tensor:
    return functional.softplus(-outputs).squeeze(1)


def _ours(table: PrivateTable, loss: LayeredLoss | MixtureLikelihood, batch: int, device: str) -> Step:
    run = {"noise_multiplier": 1.0, "sample_rate": batch / ROWS, "steps": 10**6, "clip": 1.0, "divisor": float(batch)}
    descent = table.descend("benchmark", **run, device=device)  # type: ignore[arg-type]  # a dict of numbers
    return lambda: descent.gradients(loss)


def _plain(network: nn.Sequential, rows: Tensor, batch: int, *, hot: bool) -> Step:
    parameters = list(network.parameters())

    def step() -> Sequence[Tensor]:
        some = rows[torch.randint(0, ROWS, (batch,), device=rows.device)]
        given = torch.zeros(batch, CODES, device=rows.device).scatter_(1, some, 1.0) if hot else some
        return torch.autograd.grad(_loss(network(given)).mean(), parameters)

    return step


def _plain_mixture(logits: Tensor, weights: Tensor, rows: Tensor, batch: int) -> Step:
    learned = logits.clone().requires_grad_()

    def step() -> Sequence[Tensor]:
        some = rows[torch.randint(0, ROWS, (batch,), device=rows.device)]
        table = learned.view(COMPONENTS, COLUMNS, LEVELS).log_softmax(2).flatten(1).T.contiguous()
        likely = functional.embedding_bag(some, table, mode="sum") + weights.log()
        return torch.autograd.grad(-likely.logsumexp(1).mean(), [learned])

    return step


def _opacus(rows: Tensor, batch: int) -> Step:
    hot = torch.zeros(len(rows), CODES, device=rows.device).scatter_(1, rows, 1.0)
    linear = [
        nn.Linear(CODES, WIDTH),
        nn.LeakyReLU(0.2),
        nn.Linear(WIDTH, WIDTH),
        nn.LeakyReLU(0.2),
        nn.Linear(WIDTH, 1),
    ]
    network = GradSampleModule(nn.Sequential(*linear).to(rows.device), loss_reduction="sum")
    optimizer = DPOptimizer(
        torch.optim.SGD(network.parameters(), lr=0.0),
        noise_multiplier=1.0,
        max_grad_norm=1.0,
        expected_batch_size=batch,
        loss_reduction="mean",
    )

    def step() -> None:
        optimizer.zero_grad()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Opacus' backward hooks
            _loss(network(hot)).sum().backward()
        optimizer.pre_step()

    return step


def _race(steps: dict[str, Step], repeats: int, device: str) -> dict[str, float]:
    """Milliseconds of each, and how many times ours the others take."""
    turns: dict[str, list[float]] = {name: [] for name in steps}
    for turn in range(repeats + 2):
        for name, step in steps.items():
            if turn >= 5 and name == "opacus":
                continue  # seconds each
            spent = _timed(step, device)
            if turn >= 2:
                turns[name].append(spent)
    figures = {f"{name} ms": 1e3 * median(times) for name, times in turns.items()}
    ratios = [ours / plain for ours, plain in zip(turns["ours"], turns["plain"], strict=True)]
    figures["ours / plain"] = median(ratios)
    if "opacus" in turns:
        figures["opacus / ours"] = figures["opacus ms"] / figures["ours ms"]
    return figures


def _timed(step: Step, device: str) -> float:
    if device == "cpu":
        begun = time.process_time()
        step()
        return time.process_time() - begun
    torch.cuda.synchronize()
    begun = time.perf_counter()
    step()
    torch.cuda.synchronize()
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
