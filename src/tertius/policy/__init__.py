"""Layers of policy, one file each, and the signed documents that they are compiled from."""
