"""Scenarios: who plays in which world, what is lost, and what it stands for."""
