"""Tests of the whole, one file a subject."""
