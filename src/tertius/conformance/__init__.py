"""One set of checks per port, the same for us and for strangers."""
