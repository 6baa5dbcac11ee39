"""The run folder, the only contract between training and what follows. Read without torch."""
