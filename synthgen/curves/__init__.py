"""How a fit learned: its figures and samples kept in memory, and written once it is over, whole or not at all."""

from synthgen.curves.keep import Curves
from synthgen.curves.write import check_log, write_log

__all__ = ["Curves", "check_log", "write_log"]
