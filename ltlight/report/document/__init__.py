"""The document: its blocks, and its two forms, one HTML page and Markdown."""
