"""The territory: communes, sites, fixed structures, other rounds, label exits and the roads between them."""

from sim.territory.load import known_territories, load_territory
from sim.territory.territory import Commune, Exit, FixedStructure, RoundStop, Site, Territory, TravelModel

__all__ = [
    "Commune",
    "Exit",
    "FixedStructure",
    "RoundStop",
    "Site",
    "Territory",
    "TravelModel",
    "known_territories",
    "load_territory",
]
