"""The parts of `bench/watch_coalitions.py`."""
