"""From the table a user describes to the columns that a model learns, and back."""

from synthgen.shape.shape import Shape, shape_of
from synthgen.shape.step import Step

__all__ = ["Shape", "Step", "shape_of"]
