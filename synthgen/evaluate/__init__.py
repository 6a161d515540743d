"""Evaluation: how good a synthetic table is, how private, and what that was measured against."""
