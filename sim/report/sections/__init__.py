"""The parts of the report, one file a subject; each is a function from a reading to a section."""
