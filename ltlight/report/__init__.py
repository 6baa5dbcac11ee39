"""The report: from run folders to tables, statistics and one page; needs no torch."""
