"""The permanence-year: what is simulated, what is asked, and the figures every engine must agree with."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

PERMANENCES = 648
MINUTES = 180.0  # a permanence; nobody is admitted later, those in service finish
AGENTS = 2
ARRIVALS = 10.0  # mean per permanence, Poisson
SERVICE_MEAN = 25.0  # minutes, lognormal
SERVICE_SD = 12.0
PATIENCE_MEAN = 45.0  # minutes, exponential

LOG_VARIANCE = float(np.log1p((SERVICE_SD / SERVICE_MEAN) ** 2))
LOG_MEAN = float(np.log(SERVICE_MEAN) - LOG_VARIANCE / 2)
LOG_SD = LOG_VARIANCE**0.5

SERVED, RENEGED, TURNED_AWAY = range(3)


class Outputs(NamedTuple):
    """What a year answers: waits are those of the served, P90 interpolated, service after closing counts."""

    served: float
    reneged: float
    turned_away: float
    mean_wait_min: float
    p90_wait_min: float
    utilisation: float


# Means of 20 000 years by an engine that is none of those compared here.
REFERENCE = Outputs(5693.6, 600.8, 185.6, 3.496, 13.64, 0.6102)
ROUNDED = Outputs(0.05, 0.05, 0.05, 0.0005, 0.005, 0.00005)  # half a unit of their last digit


def outputs(outcome: ArrayLike, wait_min: ArrayLike, service_min: ArrayLike) -> Outputs:
    """The six outputs from the record of visitors.

    Parameters
    ----------
    outcome
        SERVED, RENEGED or TURNED_AWAY of each visitor.
    wait_min, service_min
        Minutes from arrival to start and in service; read where the visitor was served.
    """
    outcome = np.asarray(outcome)
    served = outcome == SERVED
    wait = np.asarray(wait_min)[served]
    counts = np.bincount(outcome, minlength=3)
    return Outputs(
        float(counts[SERVED]),
        float(counts[RENEGED]),
        float(counts[TURNED_AWAY]),
        float(wait.mean()),
        float(np.percentile(wait, 90)),
        float(np.asarray(service_min)[served].sum() / (PERMANENCES * AGENTS * MINUTES)),
    )
