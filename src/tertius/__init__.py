"""Tertius: the third party on every connection between AI agents."""
