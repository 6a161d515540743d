"""The model file: a fitted generator and the public facts around it, in one zip; never a pickle.

    M.synthgen ── model.json             format, schema, discovered levels, rows, budget, events, manifest, digests
               └─ weights.safetensors    the codebook and each column's codec

Nothing in it was read from private rows without going through a charged event. A file is read as if an enemy had
written it: `archive` bounds what is read, `document` and `tensors` check its form, `checks` its meaning.
"""

from synthgen.model.describe import describe, statement
from synthgen.model.document import FORMAT_VERSION, Manifest
from synthgen.model.model import Model

__all__ = ["FORMAT_VERSION", "Manifest", "Model", "describe", "statement"]
