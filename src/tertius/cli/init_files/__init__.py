"""What `tertius init` writes: a deployment of two agents, to begin from."""
