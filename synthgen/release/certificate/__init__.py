"""The certificate of a release: every field that NIST SP 800-226 asks of a claim of differential privacy.

words       what it may not say
arithmetic  what follows from the ledger, and is worked out again by whoever verifies
fields      the parts of it, from model, ledger, audit and terms
texts       what stands in every certificate, in plain words
page        the same for people, as HTML

NIST SP 800-226 (2025), Guidelines for Evaluating Differential Privacy Guarantees.
"""

from synthgen.release.certificate.arithmetic import arithmetic
from synthgen.release.certificate.fields import FORMAT_VERSION, KEY, Source, certificate, software
from synthgen.release.certificate.page import page

__all__ = ["FORMAT_VERSION", "KEY", "Source", "arithmetic", "certificate", "page", "software"]
