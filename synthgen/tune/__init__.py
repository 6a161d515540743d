"""Hyper-parameters: on a table that is public, for free; on the private one, for a price that is stated first.

space   what may be tried
trial   one fit and its score
free    on a public or synthetic table, by Optuna
paid    on the private table: the best of a random number of runs
config  what comes out: options for `fit --config`
"""

from synthgen.tune.config import Tuned, to_text
from synthgen.tune.free import tune_free
from synthgen.tune.paid import Offer, offer, tune_paid
from synthgen.tune.space import Choice, Space, parse_space
from synthgen.tune.trial import Job

__all__ = ["Choice", "Job", "Offer", "Space", "Tuned", "offer", "parse_space", "to_text", "tune_free", "tune_paid"]
