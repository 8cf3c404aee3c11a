"""Players: who sits on the seats of a world, one file each family, found by name in `table`."""
