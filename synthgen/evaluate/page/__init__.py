"""The report as one HTML file for people: no network, quick to open, readable by eye and by ear.

parts.py     a report in the order a reader wants it
figures.py   figures as tables: numbers told, reasons as footnotes
drawings.py  drawings as data for the page's script, and in words for who cannot see them
dials.py     the three dials of the summary
shell.py     what any page of ours stands on; certificates use it too
templates/   the page itself: HTML, CSS and the script that draws when a reader gets there
"""

from synthgen.evaluate.page.render import page

__all__ = ["page"]
