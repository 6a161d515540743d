"""Rows on demand: conditions answered exactly, low-variance draws, values of the schema's types."""
