"""Generators of torch whose whole state comes from the operating system, made for one draw and thrown away.

`manual_seed` would not do: on the CPU torch keeps 32 bits of a seed, which an attacker can count through. So the
whole state is replaced: 19,937 bits of the Mersenne Twister on the CPU, 126 of Philox' key and counter on CUDA. Neither
is a cryptographic generator; a new state for each draw keeps what one step shows from telling of another.
"""

from __future__ import annotations

import secrets

import torch
from torch import Tensor

_CPU_BYTES, _CPU_HEAD, _CPU_WORDS = 5056, 24, 624
_CUDA_BYTES = 16


def fresh(device: torch.device) -> torch.Generator:
    """A generator on `device` in a state that nobody knows."""
    generator = torch.Generator(device=device)
    state = generator.get_state()
    generator.set_state(_twister(state) if device.type == "cpu" else _philox(state))
    return generator


def _twister(state: Tensor) -> Tensor:
    """All words of the twister anew; the head stays: 'seeded, none left', so the next draw turns them over first."""
    if len(state) != _CPU_BYTES:
        raise RuntimeError("this torch keeps its CPU generator's state in a way that synthgen does not know")
    words = torch.frombuffer(bytearray(secrets.token_bytes(4 * _CPU_WORDS)), dtype=torch.uint8).view(_CPU_WORDS, 4)
    state = state.clone()
    state[_CPU_HEAD : _CPU_HEAD + 8 * _CPU_WORDS].view(_CPU_WORDS, 8)[:, :4] = words
    return state


def _philox(state: Tensor) -> Tensor:
    """Key and counter anew; the counter is a multiple of 4, and far from its end."""
    if len(state) != _CUDA_BYTES:
        raise RuntimeError("this torch keeps its CUDA generator's state in a way that synthgen does not know")
    offset = (secrets.randbits(62) & ~3).to_bytes(8, "little")
    return torch.frombuffer(bytearray(secrets.token_bytes(8) + offset), dtype=torch.uint8).clone()


def uniforms(number: int, device: torch.device) -> Tensor:
    """Fresh float64 uniforms in [0, 1) on a grid of 2^-53."""
    return torch.rand(number, generator=fresh(device), device=device, dtype=torch.float64)


def distinct(rows: int, among: int, number: int, device: torch.device) -> Tensor:
    """For each row `number` different places below `among`, uniformly: int64 [rows, number]."""
    keys = torch.rand(rows, among, generator=fresh(device), device=device)
    return keys.topk(number, dim=1).indices
