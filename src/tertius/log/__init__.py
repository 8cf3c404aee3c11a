"""The tamper-evident log: write, seal, witness, recover, verify."""
