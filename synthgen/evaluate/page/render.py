"""The page of a report."""

from synthgen.evaluate.page.dials import dial_view
from synthgen.evaluate.page.drawings import data, script
from synthgen.evaluate.page.parts import LONG, notes_of, parts_of, plots_of
from synthgen.evaluate.page.shell import write
from synthgen.evaluate.report import Report
from synthgen.evaluate.report import public as public_part
from synthgen.evaluate.summary import summary


def page(report: Report, *, public: bool = False) -> str:
    """A report as one HTML file that needs no network.

    public  drops every figure, drawing, finding and fact that is `internal` before anything is written, the summary
            too: the file is the same whatever they were
    """
    shown = public_part(report) if public else report
    plots = plots_of(shown)
    return write(
        "report.html",
        styles=("report.css",),
        scripts=("plots.js", "report.js"),
        resting={"plotly": script()} if plots else {},
        report=shown,
        is_public=public,
        dials=[dial_view(dial) for dial in summary(shown)],
        shown=parts_of(shown, plots),
        methods=notes_of(shown),
        plots=[data(plot) for plot in plots],
        long=LONG,
    )
