"""The sections of the page, one a file, with both drawings of their figures."""
