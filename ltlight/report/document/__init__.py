"""What a document is made of, and its two forms: a page and Markdown."""
