"""The compiled desk against the reference in plain SimPy, visitor by visitor."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from sim.models import desk_by_name as desk
from tests.reference.desk import Contact, Permanence, Server, hold

NEEDS = ("a", "b", "c", "d")
NAMES = ("A1", "A10", "A2", "self-service-1")


@st.composite
def windows(draw: st.DrawFn, moments: st.SearchStrategy[int], end: int) -> tuple[tuple[int, int], ...]:
    """Disjoint windows, some adjacent, some empty, most lasting to the end."""
    shape = draw(st.sampled_from(("whole", "gap", "gap", "any")))
    if shape == "whole":
        start = draw(moments)
        return ((start, max(start, end)),)
    bounds = sorted(draw(st.lists(moments, min_size=2, max_size=6)))
    if shape == "gap":
        bounds = [0, *bounds[:2], max(end, bounds[1])]
    return tuple(zip(bounds[::2], bounds[1::2], strict=False))


@st.composite
def permanences(draw: st.DrawFn, most: int = 12) -> Permanence:
    """Days of some twenty seconds, in which nearly everything happens at a few instants."""
    bursts = sorted(draw(st.lists(st.integers(0, 20), min_size=3, max_size=6)))
    moments = st.one_of(st.sampled_from(bursts), st.sampled_from(bursts), st.integers(0, 25))
    opening = draw(st.one_of(st.just(0), st.just(bursts[0]), moments))
    closing = max(opening, bursts[-1]) + draw(st.sampled_from((-1, 0, 0, 1, 5)))
    overtime = draw(st.sampled_from((0, 0, 1, 2, 5)))
    paces = st.sampled_from((0.0, 0.5, 0.7, 1.0, 1.0, 1.0, 2.0))
    servers = tuple(
        Server(
            name,
            draw(windows(moments, closing + overtime + 1)),
            {k: draw(paces) for k in draw(st.sampled_from(("a", "ab", "ab", "abc", "bc")))},
            draw(st.frozensets(st.sampled_from(NEEDS))),
        )
        for name in draw(st.lists(st.sampled_from(NAMES), unique=True, min_size=1, max_size=4))
    )
    ids = draw(st.lists(st.integers(0, 99), unique=True, max_size=most))
    contacts = tuple(
        Contact(
            contact_id,
            draw(moments),
            draw(st.sampled_from(("a", "a", "a", "b", "b", "c", "d"))),
            draw(st.sampled_from((0.0, 0.0, 0.2, 1.0, 2.0, 2.5, 4.0, 9.0))),
            draw(st.one_of(st.integers(0, 6), st.integers(0, 20), st.sampled_from((20, 1000)))),
            draw(st.one_of(st.none(), st.none(), moments)),
        )
        for contact_id in ids
    )
    return Permanence(
        opening, closing, overtime, draw(st.sampled_from(("fifo", "first_choice"))), servers, contacts
    )


def by_kernel(p: Permanence) -> tuple[dict[int, tuple[object, ...]], int]:
    """What the compiled desk says of the same day."""
    result = desk.run_desk(
        p.opening,
        p.closing,
        p.overtime,
        [
            desk.Server(s.name, [desk.Window(*w) for w in s.windows], s.efficiency, s.first_choice)
            for s in p.servers
        ],
        [
            desk.Contact(c.contact_id, c.arrival, c.need, c.work, c.patience, c.appointment)
            for c in p.contacts
        ],
        p.discipline,
    )
    return {i: (v.outcome, v.server, v.start_s, v.end_s) for i, v in result.visits.items()}, result.end_s


def by_reference(p: Permanence, every_second: bool) -> tuple[dict[int, tuple[object, ...]], int]:
    """What the reference says."""
    fates, end = hold(p, dispatch_every_second=every_second)
    return {i: (f.outcome, f.server, f.start, f.end) for i, f in fates.items()}, end


@settings(max_examples=500)
@given(permanences(), st.booleans())
def test_kernel_equals_reference(p: Permanence, every_second: bool) -> None:
    """Tests that kernel and reference agree on everybody, whatever happens at one instant."""
    assert by_kernel(p) == by_reference(p, every_second)


@settings(max_examples=60)
@given(permanences(most=60))
def test_kernel_equals_reference_in_a_crowd(p: Permanence) -> None:
    """Tests that kernel and reference agree when the queue is long and appointments are many."""
    assert by_kernel(p) == by_reference(p, every_second=False)


@settings(max_examples=200)
@given(permanences(most=20))
def test_who_was_not_served_left_when_the_rules_say(p: Permanence) -> None:
    """Tests that somebody who reneged left at arrival + patience, somebody turned away at *c + w*."""
    fates, end = hold(p)
    for contact in p.contacts:
        fate = fates[contact.contact_id]
        expected = {
            "served": fate.end,
            "reneged": contact.arrival + contact.patience,
            "turned_away": p.closing + p.overtime,
            "refused": contact.arrival,
            "not_served_here": contact.arrival,
        }
        assert fate.left == expected[fate.outcome]
    assert end == max([p.closing, *(f.end for f in fates.values() if f.end is not None)])
