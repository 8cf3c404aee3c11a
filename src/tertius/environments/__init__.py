"""Worlds in which coordination can fail: one file each, found by name in `table`."""
