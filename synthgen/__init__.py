"""synthgen: synthetic tables from private ones, under differential privacy.

    schema -> read -> bound contributions -> encode -> measure (noisy counts) -> learn a generator -> model file
    model file -> condition -> draw -> decode -> rows

`fit` learns a generator from a private table within a privacy budget; what it returns can `sample` any number of rows,
under conditions, and `save` itself to a file. What it reads of the table goes through `synthgen.privacy`, which charges
a ledger before it looks at a row. `evaluate` says how good rows are, whoever made them; it reads the real rows in the
clear, so what it finds stays inside unless it says otherwise.
"""

from synthgen.errors import SynthgenError
from synthgen.evaluate.evaluate import evaluate
from synthgen.pipeline import Synthesizer, draws, fit
from synthgen.plan import plan
from synthgen.privacy import Budget
from synthgen.schema import Schema, load_schema

__all__ = ["Budget", "Schema", "Synthesizer", "SynthgenError", "draws", "evaluate", "fit", "load_schema", "plan"]
