"""DP-SGD on coded rows: Poisson-sampled units, clipped gradients, Gaussian noise, one charge for all steps.

    descent = table.descend("critic", noise_multiplier=..., sample_rate=..., steps=..., clip=..., divisor=...)
    for _ in range(steps):
        gradients = descent.gradients(loss)      # noisy means, one tensor a parameter: public from here on

A loss is one of two frozen types, because clipping must be right inside the door: `LayeredLoss` (a small network on
codes, by book-keeping) and `MixtureLikelihood` (in closed form). `clipped_fake` clips synthetic rows alike.
"""

from synthgen.privacy.dpsgd.audit import Audit, audit_descent
from synthgen.privacy.dpsgd.descent import Descent, ExampleLoss
from synthgen.privacy.dpsgd.fakes import clipped_fake
from synthgen.privacy.dpsgd.layered import LayeredLoss
from synthgen.privacy.dpsgd.mixture import MixtureLikelihood

__all__ = ["Audit", "Descent", "ExampleLoss", "LayeredLoss", "MixtureLikelihood", "audit_descent", "clipped_fake"]
