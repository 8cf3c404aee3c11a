"""Recorded formats read into events, one file per format."""
