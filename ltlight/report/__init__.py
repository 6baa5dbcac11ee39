"""From run folders to tables and figures; reads run folders and nothing else, needs no torch."""
