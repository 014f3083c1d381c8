"""Planning rounds: an exact model over enumerated day tours, level after level."""
