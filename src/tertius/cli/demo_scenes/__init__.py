"""The scenes of `tertius demo`, one file each."""
