"""Who is rung about an open alarm: somebody is always named, or it says that there is nobody."""

from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vwazen.clinical.on_call import CallState, Chain, Turn, who_now
from vwazen.content.load import read
from vwazen.content.people import Clock
from vwazen.home import ROOT

CLOCK: Clock = read(ROOT / "vwazen/content/safety/on_call.yaml", Clock)
OPENED = datetime(2026, 11, 17, 8, 0, tzinfo=UTC)


def turn(name: str, supervisor: bool = False) -> Turn:
    return Turn(worker=name, name=name.title(), phone="555", supervisor=supervisor)


def chain(*names: str, supervisor: str = "", clock: Clock = CLOCK) -> Chain:
    return Chain(
        people=tuple(turn(name) for name in names),
        supervisor=turn(supervisor, supervisor=True) if supervisor else None,
        clock=clock,
    )


def after(minutes: float, of: Chain, acknowledged: float | None = None) -> CallState:
    when = None if acknowledged is None else OPENED + timedelta(minutes=acknowledged)
    return who_now(of, OPENED, OPENED + timedelta(minutes=minutes), when)


chains = st.builds(
    lambda names, chief, step, latest: chain(
        *names,
        supervisor=chief,
        clock=msgspec.structs.replace(CLOCK, next_person_minutes=step, supervisor_minutes=latest),
    ),
    st.lists(st.sampled_from("abcdefgh"), max_size=7),
    st.sampled_from(["", "chief", "a"]),
    st.integers(1, 20),
    st.integers(1, 60),
)
minutes = st.floats(-120, 60 * 24 * 7, allow_nan=False)


def test_the_defaults_are_five_and_fifteen_minutes_and_say_that_no_clinician_reviewed_them() -> None:
    assert (CLOCK.next_person_minutes, CLOCK.supervisor_minutes) == (5, 15)
    assert CLOCK.reviewed == "not yet reviewed by a clinician"


@pytest.mark.parametrize(
    ("minute", "name", "next_name", "next_minute"),
    [
        (0, "ana", "ben", 5),
        (4.9, "ana", "ben", 5),
        (5, "ben", "cas", 10),
        (10, "cas", "chief", 15),
        (15, "chief", "dan", 20),
        (20, "dan", "ana", 25),
        (25, "ana", "ben", 30),
        (30, "ben", "cas", 35),
    ],
)
def test_every_five_minutes_the_next_and_at_fifteen_the_supervisor(
    minute: float, name: str, next_name: str, next_minute: float
) -> None:
    state = after(minute, chain("ana", "ben", "cas", "dan", supervisor="chief"))
    assert state.turn is not None
    assert state.next_turn is not None
    assert (state.turn.worker, state.next_turn.worker) == (name, next_name)
    assert state.next_change_at == OPENED + timedelta(minutes=next_minute)
    assert state.round == (2 if minute >= 25 else 1)


def test_a_short_list_reaches_the_supervisor_as_soon_as_it_is_used_up() -> None:
    state = after(5, chain("ana", supervisor="chief"))
    assert state.turn == turn("chief", supervisor=True)


def test_alone_on_call_is_rung_again_and_the_second_round_is_said() -> None:
    state = after(7, chain("ana"))
    assert state.turn == turn("ana")
    assert (state.round, state.next_change_at) == (2, OPENED + timedelta(minutes=10))


def test_a_supervisor_who_is_on_call_is_not_listed_twice() -> None:
    state = after(300, chain("ana", "ben", supervisor="ana"))
    assert [who.worker for who in state.called] == ["ana", "ben"]


def test_an_empty_roster_says_so_and_still_names_the_supervisor() -> None:
    lonely = chain(supervisor="chief")
    assert lonely.empty
    assert after(0, lonely).turn == turn("chief", supervisor=True)
    nobody = after(60, chain())
    assert nobody.nobody
    assert nobody.next_change_at is None


def test_an_instant_without_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        who_now(chain("ana"), OPENED.replace(tzinfo=None), OPENED)


@given(chains, minutes)
def test_somebody_is_always_named_until_acknowledged_or_it_says_nobody(of: Chain, minute: float) -> None:
    state = after(minute, of)
    known = {who.worker for who in of.people} | ({of.supervisor.worker} if of.supervisor else set())
    assert state.nobody == (not known)
    if state.turn is not None:
        assert state.turn in state.called
        assert len({who.worker for who in state.called}) == len(state.called)
        assert state.next_change_at is not None
        assert state.next_turn is not None
        assert state.next_change_at > max(OPENED, OPENED + timedelta(minutes=minute))


@given(chains, minutes)
def test_the_announced_change_is_the_next_one(of: Chain, minute: float) -> None:
    """Nothing changes before `next_change_at`, and then it is the announced person's turn."""
    state = after(minute, of)
    if state.next_change_at is None:
        return
    tick = timedelta(microseconds=1)
    before, then = (who_now(of, OPENED, at) for at in (state.next_change_at - tick, state.next_change_at))
    assert (before.turn, before.round) == (state.turn, state.round)
    assert then.turn == state.next_turn


@given(chains, minutes, st.floats(0, 600))
def test_time_only_adds_to_who_was_called(of: Chain, minute: float, later: float) -> None:
    first, second = after(minute, of), after(minute + later, of)
    assert second.called[: len(first.called)] == first.called
    assert second.round >= first.round
    assert second.waited >= first.waited


@given(chains, minutes, minutes, minutes)
def test_after_acknowledgement_the_clock_stands_still(of: Chain, ack: float, one: float, other: float) -> None:
    first, second = after(one, of, acknowledged=ack), after(other, of, acknowledged=ack)
    assert first == second
    assert first.acknowledged
    assert first.next_change_at is None


@given(chains)
def test_everybody_is_called_within_one_round_and_the_supervisor_in_time(of: Chain) -> None:
    span = (len(of.people) + 1) * of.clock.next_person_minutes
    called = [who.worker for who in after(max(span, of.clock.supervisor_minutes), of).called]
    assert set(called) >= {who.worker for who in of.people}
    chief = of.supervisor
    if chief is not None:
        on_time = after(of.clock.supervisor_minutes, of)
        on_list = chief.worker in {who.worker for who in of.people}
        assert on_list or chief.worker in {who.worker for who in on_time.called}


@given(chains, minutes, st.integers(-12, 14))
def test_the_zone_of_the_clock_does_not_matter(of: Chain, minute: float, hours: int) -> None:
    moved = (OPENED + timedelta(minutes=minute)).astimezone(timezone(timedelta(hours=hours)))
    assert who_now(of, OPENED, moved) == after(minute, of)
