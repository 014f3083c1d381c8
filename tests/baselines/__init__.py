"""Stored results of a small study, readable, compared at 1e-9: what changes them must be meant."""
