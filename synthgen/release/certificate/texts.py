"""What stands in every certificate, in plain words; what depends on the model is put in by `fields`."""

from __future__ import annotations

from typing import Final

DEFINITION: Final = (
    "Differential privacy: whatever is seen in the released rows, or computed from them, is at most e^epsilon times as "
    "likely with a unit's data as without, apart from a probability of delta."
)
NO_GUARANTEE: Final = (
    "NONE. The model was fitted to exact counts. It and every row drawn from it may reveal private rows."
)
GIVEN: Final = (
    "NOT KNOWN TO COVER THESE ROWS. They were given to the release, and the model does not draw them again. The "
    "figures of this certificate are those of the model file and of rows that are drawn from it."
)
GIVEN_TRUST: Final = "Whoever receives this bundle must be trusted with its rows: no guarantee is known to cover them."
GIVEN_OPERATIONAL: Final = (
    "For an attacker who knows every row of the private table but one unit's, who asks whether that unit was there, "
    "and who has the model or rows drawn from it. Of what he can do with the rows of this bundle, nothing is known."
)
ADJACENCY: Final = "Two tables are neighbours when one is the other with one unit added or removed, with all its rows."
ENFORCED: Final = (
    "Before anything else is looked at, but for one paid count of the rows of each unit, at most so many rows of each "
    "unit are kept, picked at random. Ids are compared by a keyed 64-bit hash whose key is thrown away."
)
ONE_ROW: Final = "Each row is a unit of its own. A person with several rows is protected in each of them, not in all."
ACCOUNTANT: Final = (
    "Privacy loss distributions of all releases, composed and rounded up (dp-accounting). Integer noise is priced as "
    "the Gaussian of slightly smaller variance; that this is not below its exact price was checked numerically."
)
ALONE: Final = (
    "No ledger of the data set was given: the epsilon is that of this one fit. Whatever else was released about the "
    "same people comes on top."
)
NOT_SHOWN: Final = (
    "The fit was charged to the ledger of the data set {dataset}, as entry {entry}. That ledger was not given here, so "
    "the epsilon is that of this one fit; what else was released about the same people comes on top."
)
FULL: Final = "Counts are of all units. No amplification by sampling is claimed for them."
POISSON: Final = (
    "In each step of DP-SGD every unit took part by a coin of its own, from the operating system's entropy. There was "
    "no shuffling and no fixed batch size; batches that overflow are worked off, never cut."
)
PUBLIC_INPUTS: Final = (
    "The schema: names, kinds, levels, bounds, rules and public tables. It is taken to be known to everybody.",
    "What was read off private rows to write the schema, if anything was, is not covered.",
    "The budget, the settings of the generator and the seed of its initialisation.",
    "The sizes of the domains, and with them the noise scales.",
)
NO_TUNING: Final = (
    "No search for settings is recorded. If somebody fitted several times, and kept the best by looking at private "
    "rows, that choice cost privacy that is not counted here."
)
OUTSIDE: Final = (
    "How the private table was collected, stored, and who can read it.",
    "What the person who ran the fit saw on the screen: counts of values outside the schema, time and memory.",
    "Reports that were computed with private rows and stay inside; figures of them that this bundle does not hold.",
    "Figures of the report that are marked as paid for, if any: the data set's ledger was charged, beside the model.",
    "The decision to release: that this bundle exists says that a policy was met, and it may ask for private figures.",
    "Fits that were stopped half way, and other releases of the same people by others.",
    "What is true of people in general: if smokers fall ill more often, these rows say so, which can harm a smoker.",
    "Units that depend on one another: a household of five is five units.",
)
TRUST: Final = (
    "Central model: whoever ran the fit held the private rows in memory, and is trusted with them.",
    "The code that ran is trusted to be the one that the software bill of materials names.",
)
NEED_NO_TRUST: Final = (
    "Whoever receives this bundle need not be trusted with its rows: what is guaranteed of them holds whatever is "
    "known and computed."
)
SYNTHETIC_ONLY: Final = "Recipients get the rows of this bundle and no others; the model file stays with its owner."
WITH_MODEL: Final = (
    "Recipients get the model file too and can draw any number of rows. The guarantee covers all of them: they are "
    "computed from the same noisy answers."
)
NOISE: Final = (
    "Noise on counts is drawn on whole numbers (discrete Gaussian, by OpenDP) from the operating system's entropy, "
    "never from a seed: two fits of one table differ, and no attack on the last bits of floating-point noise applies."
)
FIXED_NOISE: Final = (
    "The noise did NOT come from the operating system: somebody brought a source of it, and whoever knows that source "
    "can take the noise off. The figures of this certificate hold only for those who do not."
)
FLOAT_NOISE: Final = (
    "Noise of DP-SGD is floating point, seeded whole from the operating system; its price is that of ideal numbers "
    "(Mironov 2012 shows what such noise can reveal in its last bits)."
)
HARDENED_NOISE: Final = "Noise of DP-SGD is on whole numbers of a fixed grid (hardened); what rounding adds is charged."
NO_NOISE: Final = "No noise was drawn."
SEED: Final = "The seed of initialisation and sampling is no secret: nothing of the guarantee rests on it."
SIDE_CHANNELS: Final = (
    "Running time and memory of the fit depend on the private rows. Whoever ran it saw them; they are in no file.",
    "Messages of a fit quote no private value. Exact counts of values outside the schema were on the screen alone.",
    "The number of rows is the model's noisy count unless somebody chose another; a choice by the true count tells it.",
    "The order of the rows is that of the draw; nothing of the private table's order is in it.",
)
OPERATIONAL: Final = (
    "For an attacker who knows every row of the private table but one unit's, and asks whether that unit was there. No "
    "test of his, on whatever he computes from these rows, does better than the figures below."
)
NO_AUDIT: Final = "No audit was attached. The software's tests audit its mechanisms; that says nothing about this run."
AUDIT: Final = (
    "Attacks on the mechanisms that show at least so much leakage, at the stated confidence. A low bound shows that "
    "these attacks found no more; it is no proof that there is none."
)
BIAS: Final = (
    "Noise is as large for a small group as for a large one, so small groups come out less exact. Below is the noise "
    "in the share of each level as it entered the model, apart from what modelling adds."
)
NO_BIAS: Final = "The schema names no protected column, slice or target of levels, so there is no group to look at."
DRAWN: Final = (
    "These rows were drawn from a model. One may equal a real row by chance, or because such people are common."
)
HAZARDS: Final = (
    "Statistics of these rows differ from the real ones by noise, by modelling and by sampling.",
    "Intervals and tests that take these rows for real ones are too sure of themselves.",
    "Rare combinations, extremes and small groups are the least exact. Do not decide about a single person with them.",
    "Every further release about the same people adds to the cost, whether a ledger is kept or not.",
    "Whether data is personal in the legal sense is a question of law and context, which no epsilon answers alone.",
)
WEAK: Final = (
    "An epsilon above 10 is a weak promise in the worst case: by itself it would let an attacker be almost sure. Read "
    "the attacker's figures above, and rely on other safeguards too."
)
MODERATE: Final = (
    "An epsilon above 1 means that in the worst case an attacker may learn a good deal about a unit: e^epsilon is "
    "{factor:.3g}."
)
BY_ROW: Final = (
    "The unit is a row. If people have several rows, each person's loss is larger, up to the epsilon times the number "
    "of rows."
)
