"""An audit: attacks on the mechanisms themselves, which prove how much they leak at least, beside what is claimed.

replays  whole fits recorded and played back on neighbours: certain
counts   noisy counts on a worst pair, thousands of times
steps    canaries in DP-SGD
fits     whole fits of a tiny table, seen from outside

A bound above the claim proves a fault. A bound below it proves nothing: these attacks found no more.
"""

from synthgen.audit.audit import QUICK, Effort, audit, full
from synthgen.audit.result import Audit, Found, to_json
from synthgen.audit.whole import model_of_nothing

__all__ = ["QUICK", "Audit", "Effort", "Found", "audit", "full", "model_of_nothing", "to_json"]
