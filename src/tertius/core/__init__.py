"""Nouns and ports; depends on msgspec and the standard library alone."""
