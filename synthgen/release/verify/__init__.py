"""Whether a bundle is what it says: offline, with no private data, and reading it as if an enemy had made it.

check      one line of the answer
integrity  every file is the manifest's, and who vouches for that
claims     the certificate's arithmetic, its pages, the numbers that others quote, the model
rows       the data keeps the schema and its rules
verify     all of it, in order
junit      the answer as JUnit XML, for CI
"""

from synthgen.release.verify.check import Check, Outcome
from synthgen.release.verify.junit import junit
from synthgen.release.verify.verify import Trust, Verified, verify

__all__ = ["Check", "Outcome", "Trust", "Verified", "junit", "verify"]
