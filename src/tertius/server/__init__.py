"""Transports on loopback: the witness one can start."""
