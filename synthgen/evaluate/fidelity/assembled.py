"""The fidelity section: how near the synthetic rows are to the real ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from synthgen.evaluate.fidelity import distances, drawn, joint, sdm, slices
from synthgen.evaluate.fidelity.classifier import MOST_ROWS as ASKED
from synthgen.evaluate.fidelity.coverage import MODE_ROWS
from synthgen.evaluate.fidelity.estimate import Tables, Units, tables_of
from synthgen.evaluate.fidelity.manifold import MOST_ROWS as NEIGHBOURS
from synthgen.evaluate.fidelity.rules import adherence
from synthgen.evaluate.fidelity.single import column_figures
from synthgen.evaluate.inputs import Inputs, rng
from synthgen.evaluate.report import Absent, Drawing, Figure, Note, Section
from synthgen.evaluate.views import Codes, View, sampled

MOST_ROWS: Final = 100_000
"""Rows of each table of which single columns, associations and SDMetrics' scores are told."""
STEPS: Final = 8
"""Stages of the section, beside one for each column by which it is sliced."""


def section(inputs: Inputs) -> Section:
    """Everything about fidelity. Nothing that a table holds makes it fail; what was not computed is said, with why."""
    views = tables_of(inputs)
    by = slices.sliced_by(inputs.schema, views)
    inputs.progress.stage("fidelity", STEPS + len(by))
    figures: list[Figure] = []
    drawings: list[Drawing] = []
    notes = list(_notes(inputs))
    # Numbers near the end of float64: what overflows is no finite number, and told to be none.
    with np.errstate(over="ignore", invalid="ignore"):
        draws = rng(inputs, "fidelity rows")
        some = views.map(lambda view: sampled(view, MOST_ROWS, draws))
        for part, tables in ((_near, views), (_single, some), (_associated, some), (_told, views), (_other, views)):
            found, more = part(inputs, tables)
            figures += found
            drawings += more
        for name in by:
            rows, left_out = slices.slices_of(views, name)
            figures += [one for each in rows for one in slices.slice_figures(inputs, views, each)]
            if left_out:
                text = (
                    f"{name} has {left_out} more levels: slices are the {slices.MOST_LEVELS} most frequent real ones."
                )
                notes.append(Note(text=text))
            inputs.progress.advance()
    return Section(
        name="fidelity",
        title="Fidelity: how near the rows are to the real ones",
        figures=tuple(figures),
        drawings=tuple(drawings),
        notes=tuple(notes),
    )


Part = tuple[list[Figure], list[Drawing]]


def _units(views: Tables[View]) -> Tables[Units]:
    return views.map(lambda view: view.unit)


def _near(inputs: Inputs, views: Tables[View]) -> Part:
    """K-marginals, what they are as good as, and the worst pairs."""
    codes, units = distances.codes_of(views), _units(views)
    found = [distances.compared(codes, k, rng(inputs, f"sets {k}")) for k in (1, 2, 3)]
    worst = distances.worst_pairs(found[1], codes)
    figures = [distances.distance(each, units) for each in found]
    figures += [one for each in found for one in distances.equivalents(each, units)]
    figures += distances.pair_figures(worst, codes, units)
    inputs.progress.advance()
    return figures, list(drawn.pair_matrices(worst, codes))


def _single(inputs: Inputs, views: Tables[View]) -> Part:
    """Every column by itself."""
    codes: Tables[Codes] = distances.codes_of(views)
    figures = list(column_figures(views, codes, _units(views)))
    inputs.progress.advance()
    return figures, list(drawn.distributions(views))


def _associated(inputs: Inputs, views: Tables[View]) -> Part:
    """Matrices of associations."""
    found = joint.matrices(views)
    figures = list(joint.association_figures(found, _units(views)))
    inputs.progress.advance()
    return figures, list(drawn.association_matrices(found))


def _told(inputs: Inputs, views: Tables[View]) -> Part:
    """Whether learners can tell the tables apart."""
    found = joint.told(inputs, views)
    inputs.progress.advance()
    figures = [joint.c2st_figure(found), *joint.c2st_details(found), *joint.pmse_figures(inputs, views)]
    inputs.progress.advance()
    own = found[0]
    return figures, [] if isinstance(own, Absent) else [drawn.telling_table(own)]


def _other(inputs: Inputs, views: Tables[View]) -> Part:
    """Where rows lie, what is lost and repeated, SDMetrics, and the schema's rules."""
    figures = [*joint.manifold_figures(inputs, views), *joint.coverage_figures(inputs, views, _units(views))]
    inputs.progress.advance()
    scores = joint.each(inputs, views, "sdm", _scored)
    figures += joint.sdm_figures(scores)
    inputs.progress.advance()
    figures += adherence(inputs.synthetic, inputs.schema)
    inputs.progress.advance()
    return figures, []


def _scored(real: View, other: View, draws: np.random.Generator) -> sdm.Scores:
    return sdm.scores(sampled(real, MOST_ROWS, draws), sampled(other, MOST_ROWS, draws))


def _notes(inputs: Inputs) -> Iterator[Note]:
    yield Note(
        text=f"The ceiling compares {inputs.second_is}; the floor compares the real rows with themselves, each column "
        "shuffled. Fewer rows make every distance larger."
    )
    yield Note(
        text="Total variation is over numbers in bins of about equal real share, levels, and what is missing, wrong "
        "or a code. Triples: at most 200 sets at random.",
        source="McKenna, Miklau and Sheldon, Winning the NIST Contest, 2021; NIST SDNist, k-marginal score",
    )
    yield Note(
        text="Intervals are of 95 %: the spread of each row's (each person's) influence on the figure, of both tables.",
        source="Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapters 21 and 22",
    )
    yield Note(
        text=f"Classifiers and the propensity score look at no more than {ASKED:,} random rows of each table; the test "
        "of chance permutes the labels of rows that the classifiers have not seen.",
        source="Lopez-Paz and Oquab, Revisiting Classifier Two-Sample Tests, 2017",
    )
    yield Note(
        text="pMSE: a logistic regression of ranks of numbers and of levels, without interactions.",
        source="Snoke, Raab, Nowok, Dibben and Slavkovic, General and specific utility measures, 2018",
    )
    yield Note(
        text=f"Alpha-precision, beta-recall and authenticity look at no more than {NEIGHBOURS:,} random rows of each "
        "table, as points of scaled numbers and indicators of levels.",
        source="Alaa, van Breugel, Saveliev and van der Schaar, How Faithful is your Synthetic Data?, 2022",
    )
    yield Note(
        text=f"Kinds of rows are cells of k-means in at most {MODE_ROWS:,} random real rows.",
        source="Richardson and Weiss, On GANs and GMMs, 2018",
    )
    if max(inputs.real.rows, inputs.synthetic.rows) > MOST_ROWS:
        text = f"Single columns, associations and SDMetrics' scores are of {MOST_ROWS:,} random rows of each table."
        yield Note(text=text)
    yield Note(
        text="SDMetrics' reports read missing values and codes as missing, dates as days; its pair trends are of those "
        "pairs that hang together in the real table.",
        source="SDMetrics, QualityReport and DiagnosticReport",
    )
    yield Note(
        text=f"Slices have at least {slices.FEWEST_ROWS} real and synthetic rows. At most {slices.MOST_ROWS:,} are "
        f"looked at, {slices.ASKED:,} by their classifier. Numbers are sliced at their real quartiles."
    )
    yield Note(
        text="Rows that the schema allows and rules that rows keep are counted in the synthetic table alone.",
        tier="synthetic_only",
    )
