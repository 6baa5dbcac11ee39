"""Statistics of a sweep: bootstrap, differences, rankings, recommendations."""
