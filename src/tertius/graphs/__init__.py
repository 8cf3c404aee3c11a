"""Graph engines over causes: lineage, fan-in, paths."""
