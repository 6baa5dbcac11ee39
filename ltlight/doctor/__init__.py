"""The state of an installation: versions, device, folders, extras, what hinders a run."""
