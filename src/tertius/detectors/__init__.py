"""Detectors: small watchers of the log, one file each, found by name in `table`."""
