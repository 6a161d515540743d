"""Synthetic tables from private ones, with a counted differential privacy guarantee."""
