"""The runs of a sweep as they are read from their folders."""
