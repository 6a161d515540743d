"""The regulator's folder: drafts of the documents that others ask for, filled in from a bundle for a person to finish.

pieces       what a document is made of
source       the bundle, read as if an enemy had written it
facts        what templates may name, and where it stands
tables       figures, verdicts and columns, worked out
identifiers  the eighteen identifiers of 45 CFR 164.514(b)(2)(i)
filled       templates into documents
rendered     documents into Markdown and HTML
write        the folder
"""

from synthgen.release.regulator.write import Folder, write_folder

__all__ = ["Folder", "write_folder"]
