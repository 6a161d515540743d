"""What tuning found, as a file that `fit --config` takes."""

from __future__ import annotations

from dataclasses import dataclass

import yaml

from synthgen.privacy import Budget
from synthgen.tune.space import Choice


@dataclass(frozen=True, kw_only=True, slots=True)
class Tuned:
    """The best choice.

    score   its mean total variation distance; noisy where it was paid for
    price   what the selection cost; None where the table is public
    budget  of the fit that it was tuned for
    """

    choice: Choice
    score: float
    budget: Budget
    price: Budget | None


def to_text(tuned: Tuned) -> str:
    """YAML: options of `fit`, under words on what they cost.

    >>> print(to_text(Tuned(choice={"dp_sgd": "off"}, score=0.0321, budget=Budget(epsilon=3, delta=1e-6), price=None)))
    # Options for synthgen fit --config, found by synthgen tune.
    # Tuned on a table that was said to be public: choosing them cost the private table nothing.
    # Mean distance of pairs of columns there (total variation): 0.0321.
    delta: 1.0e-06
    dp-sgd: 'off'
    epsilon: 3
    <BLANKLINE>
    """
    if tuned.price is None:
        cost = "Tuned on a table that was said to be public: choosing them cost the private table nothing."
    else:
        cost = (
            f"Tuned on the private table: choosing them cost epsilon = {tuned.price.epsilon:.4g} at delta = "
            f"{tuned.price.delta:g},\n# beside what the fit costs."
        )
    where = "there" if tuned.price is None else "there, noisy"
    budget = tuned.budget
    epsilon = int(budget.epsilon) if budget.epsilon == int(budget.epsilon) else budget.epsilon
    options = {name.replace("_", "-"): value for name, value in tuned.choice.items()}
    body = yaml.safe_dump(options | {"epsilon": epsilon, "delta": budget.delta}, sort_keys=True, allow_unicode=True)
    return (
        "# Options for synthgen fit --config, found by synthgen tune.\n"
        f"# {cost}\n"
        f"# Mean distance of pairs of columns {where} (total variation): {tuned.score:.4f}.\n"
        f"{body}"
    )
