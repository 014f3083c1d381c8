"""Plain Python: an event calendar in a heap, arrays drawn beforehand."""

from __future__ import annotations

from collections import deque
from heapq import heappop, heappush

from benchmarks.permanence_year.drawn import draw
from benchmarks.permanence_year.problem import AGENTS, MINUTES, RENEGED, SERVED, TURNED_AWAY, Outputs, outputs

NAME = "plain Python (heapq)"


def simulate(seed: int) -> Outputs:
    record: list[tuple[int, float, float]] = []
    for visitors in draw(seed):
        ends: list[float] = []  # service ends to come; arrivals are already in order
        queue: deque[tuple[float, float, float]] = deque()
        for one in [*visitors, (MINUTES, 0.0, 0.0)]:
            arrival, _, service = one
            while ends and ends[0] <= arrival:
                now = heappop(ends)
                while queue:
                    came, patience, length = queue.popleft()
                    if came + patience >= now:
                        record.append((SERVED, now - came, length))
                        heappush(ends, now + length)
                        break
                    record.append((RENEGED, 0.0, 0.0))
            if arrival == MINUTES:
                break
            if len(ends) < AGENTS:
                record.append((SERVED, 0.0, service))
                heappush(ends, arrival + service)
            else:
                queue.append(one)
        for came, patience, _ in queue:
            record.append((RENEGED if came + patience < MINUTES else TURNED_AWAY, 0.0, 0.0))
    return outputs(*zip(*record, strict=True))
