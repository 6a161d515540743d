"""Whether new rows still look like those that a model was fitted to, without those: only the model file is read."""

from synthgen.drift.drift import Drift, drift
from synthgen.drift.shift import Shift

__all__ = ["Drift", "Shift", "drift"]
