"""Making noisy counts into shares: shrink, cut and project. Pure functions of noisy counts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

THRESHOLDS = 2.5, 4.0
ROWS_PER_THRESHOLD = 300.0
TRACE = 0.05
"""Less than this part of a noise, after shrinking, is none."""


def project(counts: Floats, total: float) -> Floats:
    """The nearest counts (Euclidean) that are not negative and sum to `total`.

    Source: Held, Wolfe and Crowder (1974); Duchi et al., "Efficient projections onto the l1-ball" (ICML 2008), figure
    1.

    >>> project(np.array([5.0, 3.0, -2.0]), 6.0).tolist()
    [4.0, 2.0, 0.0]
    """
    falling = np.sort(counts)[::-1]
    excess = (np.cumsum(falling) - total) / np.arange(1, len(counts) + 1)
    shift = excess[np.flatnonzero(falling > excess)[-1]]
    return np.asarray(np.maximum(counts - shift, 0.0))


def denoise(counts: Floats, sigma: float, *, threshold: float = 2.8, depth: int = 6) -> Floats:
    """Translation-invariant Haar shrinkage: drop wavelet coefficients below `threshold` noises.

    Source: Coifman and Donoho, "Translation-invariant de-noising" (1995): average over all shifts (cycle spinning)
    of hard-thresholded Haar transforms, here with at most `depth` scales. Keeps spikes, smooths the rest, and
    empties stretches of 2^depth bins whose sum is no more than noise.
    """
    size = len(counts)
    if size <= 24:
        return counts
    length = 2 ** int(np.ceil(np.log2(size)))
    depth = min(depth, int(np.log2(length)))
    padded = np.concatenate([counts, counts[::-1]])[:length]
    shifts = np.stack([np.roll(padded, -shift) for shift in range(2**depth)])
    smooth, details = shifts, []
    for _ in range(depth):
        even, odd = smooth[:, ::2], smooth[:, 1::2]
        detail, smooth = (even - odd) / np.sqrt(2), (even + odd) / np.sqrt(2)
        details.append(np.where(np.abs(detail) > threshold * sigma, detail, 0.0))
    smooth = np.where(np.abs(smooth) > threshold * sigma, smooth, 0.0)
    for detail in reversed(details):
        finer = np.empty((len(shifts), 2 * smooth.shape[1]))
        finer[:, ::2], finer[:, 1::2] = (smooth + detail) / np.sqrt(2), (smooth - detail) / np.sqrt(2)
        smooth = finer
    back = np.stack([np.roll(row, shift) for shift, row in enumerate(smooth)])
    return np.asarray(back.mean(axis=0)[:size])


def credible_range(counts: Floats, sigma: float, *, noises: float | None = None) -> slice:
    """The bins of a long line between the first credible window from the left and the first from the right.

    Credible is a window of 1, 2, 4, ... bins whose noisy sum stands so many `noises` above zero; unless given, 2.5
    where noise is large beside the rows (or real tails are lost), up to 4 where it is small. Under wide public bounds
    almost all bins are empty, and a few rows far out ruin every correlation. All bins, when nothing is credible.
    """
    noise = sigma * (
        float(np.clip(counts.sum() / sigma / ROWS_PER_THRESHOLD, *THRESHOLDS)) if noises is None else noises
    )
    return slice(_first_credible(counts, noise), len(counts) - _first_credible(counts[::-1], noise))


def _first_credible(counts: Floats, noise: float) -> int:
    """The last bin of the first window whose sum exceeds noise x sqrt(its bins), from the left; 0 without one."""
    sums = np.concatenate([[0.0], np.cumsum(counts)])
    sizes = [2**power for power in range(int(np.log2(len(counts))) + 1)]
    starts = [np.flatnonzero(sums[size:] - sums[:-size] > noise * np.sqrt(size)) for size in sizes]
    return min((int(start[0]) + size - 1 for start, size in zip(starts, sizes, strict=True) if len(start)), default=0)


def supported(counts: Floats, shrunk: Floats, sigma: float) -> NDArray[np.bool_]:
    """Which bins of a long line may hold rows: inside the credible range, and above zero after shrinking."""
    kept = np.zeros(len(counts), bool)
    kept[credible_range(counts, sigma)] = True
    kept &= shrunk > TRACE * sigma
    return kept if kept.any() else ~kept
