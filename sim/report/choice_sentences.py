"""How sure the choice of a sizing study is, in words, on its page and in a terminal."""

from __future__ import annotations

from dataclasses import dataclass

from sim.report.words import Words

__all__ = ["Standing", "how_sure", "still_open"]


@dataclass(frozen=True)
class Standing:
    """What is known of a choice.

    Attributes
    ----------
    decided
        Whether the simulations show it, within the replications allowed.
    holds
        Whether the design still meets the targets, within their tolerances, in all its own simulations.
    open_cheaper
        Designs cheaper by more than the zone that the simulations have not ruled out.
    n
        Simulations of the design.
    most
        Simulations allowed of a design in the race.
    error
        Probability of a wrong choice that was asked for.
    zone
        Costs closer than this, in euros, are as good as equal.
    """

    decided: bool
    holds: bool
    open_cheaper: int
    n: int
    most: int
    error: float
    zone: float

    @property
    def is_shown(self) -> bool:
        """Whether the choice may be affirmed."""
        return self.decided and self.holds


def how_sure(standing: Standing, words: Words) -> str:
    """One sentence or two on the chance that is left in a recommendation."""
    if not standing.holds:
        count = words.number(standing.n)
        return words(
            f"Attention : retenue sur ses premières simulations, elle ne tient plus tous les objectifs sur "
            f"{count}. Ce choix n'est pas confirmé : il faut plus de simulations ou un objectif moins serré.",
            f"Beware: chosen on its first simulations, it no longer meets all the targets over {count}. The "
            "choice is not confirmed: it takes more simulations, or a target less tight.",
        )
    if standing.decided:
        sure, zone = words.percent(1 - standing.error), words.euros(standing.zone)
        return words(
            f"Avec une probabilité d'au moins {sure}, elle tient les objectifs, à leurs tolérances près, et "
            f"aucune autre de celles essayées ne les tient tout à fait pour {zone} de moins par an.",
            f"With probability at least {sure}, it meets the targets, within their tolerances, and no other "
            f"design tried meets them in full for {zone} less a year.",
        )
    most = words.number(standing.most)
    return words(
        f"Pas assez de simulations pour trancher ({most} au plus par organisation) : c'est la moins chère de "
        "celles qui tiennent les objectifs en moyenne, à leurs tolérances près.",
        f"Not enough simulations to say ({most} at most a design): it is the cheapest of those that meet the "
        "targets on average, within their tolerances.",
    )


def still_open(standing: Standing, words: Words) -> str:
    """How many cheaper designs are not ruled out; nothing where there are none, or the choice is decided."""
    count = standing.open_cheaper
    if standing.decided or not count:
        return ""
    one = count == 1
    return words(
        f"Moins chères et pas encore écartées : {count}. {'Elle manque' if one else 'Elles manquent'} un "
        "objectif en moyenne, mais le hasard suffirait à l'expliquer.",
        f"Cheaper and not ruled out yet: {count}. {'It misses' if one else 'They miss'} a target on average, "
        "and chance would be enough to explain it.",
    )
