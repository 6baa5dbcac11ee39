"""Losses against imbalance: pure functions, and the module that puts them together."""
