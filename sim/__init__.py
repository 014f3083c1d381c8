"""Simulation of an itinerant public-service cell: residents, desks, pairs, vehicles, homes."""
