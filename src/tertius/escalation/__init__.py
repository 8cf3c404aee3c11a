"""Questions to people: asked before the act, answered by signature, consumed at most once."""
