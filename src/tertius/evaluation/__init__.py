"""Evaluation: what a study proves of itself before it measures anybody."""
