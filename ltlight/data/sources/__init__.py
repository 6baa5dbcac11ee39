"""Where images come from: archives, folders, the embedded digits."""
