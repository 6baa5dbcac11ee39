"""The configuration: types and ranges, conflicts, and what a name stands for. No torch here."""
