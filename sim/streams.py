"""Random streams: a draw belongs to a name and an item, never to a position in a sequence.

A stream's key comes from `SeedSequence(seed, spawn_key=(replication, *stable_hash(name)))`. Its
draw for an item (a need, an agent and a day, …) is SplitMix64's finaliser applied to the stream's
key and the item's own 64-bit key: counter-based draws, so that one draw more or less anywhere
moves no other (Salmon et al. 2011; Steele, Lea & Flood 2014, "mix13" of Stafford).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b

import numpy as np
from numba import int64, uint64
from numpy.typing import NDArray

from sim.compiled import njit

__all__ = [
    "StreamReusedError",
    "Streams",
    "combine",
    "exponential",
    "item_key",
    "item_keys",
    "normal",
    "normal_quantile",
    "poisson",
    "stable_hash",
    "uniform",
]


class StreamReusedError(RuntimeError):
    """A stream was asked for twice: two quantities would share their draws."""


def stable_hash(name: str) -> tuple[int, int, int, int]:
    """Four 32-bit words from a name, the same on every machine (BLAKE2b)."""
    digest = blake2b(name.encode(), digest_size=16).digest()
    return tuple(int.from_bytes(digest[i : i + 4], "little") for i in range(0, 16, 4))  # type: ignore[return-value]


def item_key(name: str) -> np.uint64:
    """The 64-bit key of a named item (a commune, an agent, an access point)."""
    return np.uint64(int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little"))


@lru_cache(maxsize=64)
def _item_keys(kind: str, names: tuple[str, ...]) -> NDArray[np.uint64]:
    return np.array([item_key(f"{kind}:{name}") for name in names], np.uint64)


def item_keys(kind: str, names: Iterable[str]) -> NDArray[np.uint64]:
    """The keys of the items of a kind (`site`, `commune`, `agent`, …), shape (names,)."""
    return _item_keys(kind, tuple(names)).copy()


class Streams:
    """The keys of one replication's streams, each given out once.

    Parameters
    ----------
    seed
        Seed of the study.
    replication
        Number of the replication, from 0.
    """

    def __init__(self, seed: int, replication: int) -> None:
        self._seed = seed
        self._replication = replication
        self._given: set[str] = set()

    def key(self, name: str) -> np.uint64:
        """The 64-bit key of the stream called `name`.

        Raises
        ------
        StreamReusedError
            When the name was asked for before.
        """
        if name in self._given:
            raise StreamReusedError(name)
        self._given.add(name)
        sequence = np.random.SeedSequence(self._seed, spawn_key=(self._replication, *stable_hash(name)))
        return np.uint64(sequence.generate_state(1, np.uint64)[0])


@njit(uint64(uint64), inline="always")
def _mix(x: np.uint64) -> np.uint64:
    x ^= x >> uint64(30)
    x *= uint64(0xBF58476D1CE4E5B9)
    x ^= x >> uint64(27)
    x *= uint64(0x94D049BB133111EB)
    x ^= x >> uint64(31)
    return x


@njit(uint64(uint64, uint64))
def combine(a: np.uint64, b: np.uint64) -> np.uint64:
    """The key of an item named by two parts, for instance a commune and a month."""
    return _mix(a + uint64(0x9E3779B97F4A7C15) * (b + uint64(1)))


@njit
def uniform(stream: np.uint64, item: np.uint64) -> float:
    """A uniform draw in the open interval (0, 1), 53 bits.

    `item` is a key, hence mixed already: made by `item_key`, by `combine`, or the exclusive or of two
    keys made in different ways, such as a need's and an access point's.
    """
    x = _mix(stream ^ item)
    return (float(int64(x >> uint64(11))) + 0.5) * (1.0 / 9007199254740992.0)


@njit
def exponential(stream: np.uint64, item: np.uint64) -> float:
    """A standard exponential draw, by inversion."""
    return float(-np.log(uniform(stream, item)))


@njit
def normal(stream: np.uint64, item: np.uint64) -> float:
    """A standard normal draw, by inversion."""
    return normal_quantile(uniform(stream, item))


@njit
def normal_quantile(p: float) -> float:
    """The standard normal quantile of a probability (Wichura 1988, AS 241, PPND16)."""
    q = p - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        return (
            q
            * (
                ((((((r * 2509.0809287301226727 + 33430.575583588128105) * r + 67265.770927008700853) * r
                    + 45921.953931549871457) * r + 13731.693765509461125) * r + 1971.5909503065514427) * r
                 + 133.14166789178437745) * r + 3.387132872796366608
            )
            / (
                ((((((r * 5226.495278852545925 + 28729.085735721942674) * r + 39307.89580009271061) * r
                    + 21213.794301586595867) * r + 5394.1960214247511077) * r + 687.1870074920579083) * r
                 + 42.313330701600911252) * r + 1.0
            )
        )  # fmt: skip
    r = np.sqrt(-np.log(min(p, 1.0 - p)))
    if r <= 5.0:
        r -= 1.6
        x = (
            ((((((r * 7.7454501427834140764e-4 + 0.0227238449892691845833) * r + 0.24178072517745061177) * r
                + 1.27045825245236838258) * r + 3.64784832476320460504) * r + 5.7694972214606914055) * r
             + 4.6303378461565452959) * r + 1.42343711074968357734
        ) / (
            ((((((r * 1.05075007164441684324e-9 + 5.475938084995344946e-4) * r + 0.0151986665636164571966) * r
                + 0.14810397642748007459) * r + 0.68976733498510000455) * r + 1.6763848301838038494) * r
             + 2.05319162663775882187) * r + 1.0
        )  # fmt: skip
    else:
        r -= 5.0
        x = (
            ((((((r * 2.01033439929228813265e-7 + 2.71155556874348757815e-5) * r + 0.0012426609473880784386) * r
                + 0.026532189526576123093) * r + 0.29656057182850489123) * r + 1.7848265399172913358) * r
             + 5.4637849111641143699) * r + 6.6579046435011037772
        ) / (
            ((((((r * 2.04426310338993978564e-15 + 1.4215117583164458887e-7) * r + 1.8463183175100546818e-5) * r
                + 7.868691311456132591e-4) * r + 0.0148753612908506148525) * r + 0.13692988092273580531) * r
             + 0.59983220655588793769) * r + 1.0
        )  # fmt: skip
    return float(-x if q < 0.0 else x)


@njit
def poisson(u: float, mean: float) -> int:
    """The Poisson quantile of `u`: the least k with P(N ≤ k) ≥ u, summed outwards from the mode.

    A quantile, not a sampler: the same `u` with a larger mean gives a count at least as large.
    """
    if mean <= 0.0:
        return 0
    mode = int(mean)
    log_p = mode * np.log(mean) - mean
    # log(mode!) by Stirling's series, exact to double precision above 20
    if mode < 20:
        for i in range(2, mode + 1):
            log_p -= np.log(i)
    else:
        n = float(mode)
        log_p -= n * np.log(n) - n + 0.5 * np.log(2.0 * np.pi * n) + 1.0 / (12.0 * n) - 1.0 / (360.0 * n**3)
    p_mode = np.exp(log_p)
    below = 0.0
    p = p_mode
    k = mode
    while k > 0 and p > 1e-18:
        p *= k / mean
        k -= 1
        below += p
    cumulative = below + p_mode
    if cumulative >= u:
        k = mode
        p = p_mode
        while k > 0 and cumulative - p >= u:
            cumulative -= p
            p *= k / mean
            k -= 1
        return k
    k = mode
    p = p_mode
    while cumulative < u and p > 1e-18:
        k += 1
        p *= mean / k
        cumulative += p
    return k
