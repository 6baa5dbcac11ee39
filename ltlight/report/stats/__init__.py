"""Resampling, differences, rankings and what they recommend."""
