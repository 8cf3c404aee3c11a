"""Ports: what a member of each family promises, one file each."""
