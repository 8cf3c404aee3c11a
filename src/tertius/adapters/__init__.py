"""Adapters: how agents of one framework, or none, come to ask the gate."""
