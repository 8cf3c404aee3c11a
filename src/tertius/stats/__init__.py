"""Numbers and chance: keyed randomness, and the statistics that verdicts rest on."""
