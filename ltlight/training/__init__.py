"""One experiment: its parts, the LightningModule, the second stage. Knows all other rooms."""
