"""Cards: what a catalogue, a hub or a person wants to know about the table and its model. All are of public facts."""

from synthgen.release.cards.croissant import croissant
from synthgen.release.cards.facts import Facts, columns_of
from synthgen.release.cards.markdown import dataset_card, model_card

__all__ = ["Facts", "columns_of", "croissant", "dataset_card", "model_card"]
