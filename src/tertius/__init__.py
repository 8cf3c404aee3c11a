"""Tertius: the third party on every connection between AI agents."""

__version__ = "0.1.0"
