"""What the benchmarks of the watch share."""
