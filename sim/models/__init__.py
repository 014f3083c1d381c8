"""The model: what happens in one replication, from settings and world to facts."""
