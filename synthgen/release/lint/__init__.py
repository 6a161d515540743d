"""The linter: whether what would leave holds private values word for word.

    the private table -> needles        rows, rare numbers, identifiers, levels that were not released
    files -> tables and texts           data by column; JSON, HTML, names, comments and statistics by words
    needles found -> more than chance?  a value that an honest generator hits by chance is no leak

What was released with noise, or stands in the schema, is public and no needle. A clean result shows that nothing was
found verbatim, and no more: privacy is what the budget promises, not what a search misses.
"""

from synthgen.release.lint.lint import lint
from synthgen.release.lint.result import Leak, Linted

__all__ = ["Leak", "Linted", "lint"]
