"""Studies: replications run, stored, summed up and compared."""
