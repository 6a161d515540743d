"""Samples in segments: each with its size, its condition, and what is set in its rows."""
