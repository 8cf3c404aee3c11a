"""Factors and mitigations laid around any world, one file each, found by name in `table`."""
