"""The `tertius` command, one file per verb."""
