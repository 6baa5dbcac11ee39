"""Scores of a classifier: in NumPy (`scores`), and accumulated over an epoch (`epoch`)."""
