"""The only door to private rows, the noise that guards it, and the ledger that counts what passed.

    entries -> bound contributions -> PrivateTable -> [charge the ledger -> count -> add noise] -> public

Budget     how much may be learnt about one unit
events     what was done: frozen records, written before it is done
accounting what the events cost together
Ledger     refuses what the budget cannot carry, before anything is computed
"""

from synthgen.privacy.accounting import (
    Operational,
    calibrate_mu,
    calibrate_noise,
    discrete_epsilon,
    epsilon,
    operational,
    replace_one_epsilon,
)
from synthgen.privacy.bounds import Ends, Marks, find_ends
from synthgen.privacy.budget import Budget
from synthgen.privacy.events import Event, Exact, Gaussian, Part, PartitionSelection, SubsampledGaussian
from synthgen.privacy.ledger import Ledger, OverBudgetError
from synthgen.privacy.mechanisms import DiscreteGaussian, Noise, sigma_for, threshold_for
from synthgen.privacy.requests import Discovered, Histogram, Run, TableRequest
from synthgen.privacy.rows import Entry
from synthgen.privacy.table import PrivateTable

__all__ = [
    "Budget",
    "Discovered",
    "DiscreteGaussian",
    "Ends",
    "Entry",
    "Event",
    "Exact",
    "Gaussian",
    "Histogram",
    "Ledger",
    "Marks",
    "Noise",
    "Operational",
    "OverBudgetError",
    "Part",
    "PartitionSelection",
    "PrivateTable",
    "Run",
    "SubsampledGaussian",
    "TableRequest",
    "calibrate_mu",
    "calibrate_noise",
    "discrete_epsilon",
    "epsilon",
    "find_ends",
    "operational",
    "replace_one_epsilon",
    "sigma_for",
    "threshold_for",
]
