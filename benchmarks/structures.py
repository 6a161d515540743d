"""Tables that pairs of columns, and pairs by the target, cannot see; and real ones beside them.

parity3, 4, 5      y is the parity of so many of nine to eleven bits, with 5 % of it flipped: every pair, and every pair
                   by y, is independent
shells             spheres in 4 dimensions, of one radius or of two with the same second moments, and a helix
scm                a structural causal model with interactions, sines and switches
sparkov            simulated card payments (1.6 % fraud), without persons: each payment a row
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from synthgen import Schema

HELD_OUT = 10_000
BITS: dict[str, Any] = {"type": "categorical", "values": [0, 1]}


def structure(name: str, rows: int, *, shared: Path, seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame, Schema]:
    """Training rows, held-out rows, and a schema that says how many rows there are."""
    if name.startswith("parity"):
        table, columns, target = _parity(rows + HELD_OUT, int(name.removeprefix("parity")), seed)
    elif name == "sparkov":
        table, columns, target = _payments(shared, rows + HELD_OUT, seed)
    else:
        table, columns, target = {"shells": _shells, "scm": _scm}[name](rows + HELD_OUT, seed)
    train, test = table.iloc[HELD_OUT:].reset_index(drop=True), table.iloc[:HELD_OUT].reset_index(drop=True)
    described = {column: columns[column] for column in table}
    return train, test, Schema(name=name, rows=len(train), target=target, on_violation="clip", columns=described)


def _parity(rows: int, bits: int, seed: int) -> tuple[pd.DataFrame, dict[str, Any], str]:
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 2, (rows, bits + 6))
    y = x[:, :bits].sum(1) % 2 ^ (rng.random(rows) < 0.05)
    table = pd.DataFrame({f"x{j}": x[:, j] for j in range(bits + 6)} | {"y": y})
    return table, dict.fromkeys(table, BITS), "y"


def _shells(rows: int, seed: int) -> tuple[pd.DataFrame, dict[str, Any], str]:
    rng = np.random.default_rng(seed)
    y, z = rng.integers(0, 2, rows), rng.normal(size=(rows, 4))
    two = np.sqrt(np.where(rng.random(rows) < 0.5, 0.3, 1.7))
    ball = z / np.linalg.norm(z, axis=1, keepdims=True) * np.where(y == 0, 1.0, two)[:, None]
    turn = rng.random(rows) * 3 * np.pi
    helix = np.stack([np.cos(turn), np.sin(turn), turn / 3 / np.pi * 2 - 1], axis=1)
    points = np.concatenate([ball, helix], axis=1) + rng.normal(size=(rows, 7)) * 0.05
    table = pd.DataFrame(points.round(3).clip(-2, 2), columns=list("abcdefg")).assign(y=y)
    number = {"type": "number", "minimum": -2, "maximum": 2, "decimals": 3}
    return table, dict.fromkeys("abcdefg", number) | {"y": BITS}, "y"


def _scm(rows: int, seed: int) -> tuple[pd.DataFrame, dict[str, Any], str]:
    rng = np.random.default_rng(seed)

    def noise(scale: float = 1.0) -> np.ndarray:
        return rng.normal(size=rows) * scale

    u, age = rng.integers(0, 3, rows), np.clip(40 + 12 * noise(), 18, 90).round()
    income = np.exp(3 + 0.4 * noise() + 0.3 * (u == 2)) * (1 + 0.02 * (age - 40) * (u != 0))
    a, b = noise(), noise()
    c = np.sin(2 * a * b) + noise(0.3)
    d = np.where(u == 1, a * c, -a * c) + noise(0.3)
    g = (a * b * c > 0).astype(int) ^ (u == 1)
    q = np.where(g == 1, b * np.abs(a), noise()) + noise(0.2)
    odds = 1.5 * np.sign(a * b * d) + 0.03 * (age - 40) * np.where(g == 1, 1, -1) + 0.5 * np.log(income / 20) * (u == 2)
    y = (rng.random(rows) < 1 / (1 + np.exp(-odds))).astype(int)
    lines = {name: values.clip(-5, 5).round(3) for name, values in zip("abcdq", (a, b, c, d, q), strict=True)}
    table = pd.DataFrame(
        {"u": u, "age": age.astype(int), "income": income.clip(0, 500).round(1), **lines, "g": g, "y": y}
    )
    number = {"type": "number", "minimum": -5, "maximum": 5, "decimals": 3}
    columns: dict[str, Any] = dict.fromkeys("abcdq", number) | {"g": BITS, "y": BITS}
    columns["u"] = {"type": "categorical", "values": [0, 1, 2]}
    columns["age"] = {"type": "integer", "minimum": 18, "maximum": 90}
    columns["income"] = {"type": "number", "minimum": 0, "maximum": 500, "decimals": 1}
    return table, columns, "y"


def _payments(shared: Path, rows: int, seed: int) -> tuple[pd.DataFrame, dict[str, Any], str]:
    raw = pd.read_parquet(shared / "data" / "card_fraud_sparkov.parquet").sample(n=rows, random_state=seed)
    table = pd.DataFrame(
        {
            "profile": raw["profile"].str.replace(".json", "", regex=False),
            "gender": raw["gender"],
            "category": raw["category"],
            "amt": raw["amt"].astype(float),
            "hour": raw["trans_time"].astype(str).str[:2].astype(int),
            "month": pd.to_datetime(raw["trans_date"]).dt.month.astype(int),
            "age": (pd.Timestamp("2019-01-01") - pd.to_datetime(raw["dob"])).dt.days // 365,
            "city_pop": raw["city_pop"],
            "is_fraud": raw["is_fraud"].astype(int),
        }
    ).reset_index(drop=True)
    words = {
        name: {"type": "categorical", "values": sorted(table[name].unique())}
        for name in ("profile", "gender", "category")
    }
    columns: dict[str, Any] = words | {
        "amt": {"type": "number", "minimum": 0.5, "maximum": 40_000, "decimals": 2, "scale": "log"},
        "hour": {"type": "integer", "minimum": 0, "maximum": 23},
        "month": {"type": "integer", "minimum": 1, "maximum": 12},
        "age": {"type": "integer", "minimum": 0, "maximum": 120},
        "city_pop": {"type": "integer", "minimum": 0, "maximum": 10_000_000, "scale": "log"},
        "is_fraud": BITS,
    }
    return table, columns, "is_fraud"
