"""Scenarios: what is compared — rounds, published calendars, label exits, budget."""
