import os
import subprocess
import sys
from dataclasses import replace

import pytest

from surtitle.errors import Invalid
from surtitle.jobs.owner import Owner


def test_an_owner_comes_back_from_its_name() -> None:
    owner = Owner.this_process()
    assert Owner.parse(str(owner)) == owner
    assert not owner.certainly_dead


def test_a_name_that_nobody_bears_is_refused() -> None:
    with pytest.raises(Invalid):
        Owner.parse("somebody")


def test_a_later_process_with_the_same_pid_is_another() -> None:
    owner = Owner.this_process()
    assert replace(owner, started=f"{owner.started}0").certainly_dead


def test_a_process_of_another_machine_may_be_alive() -> None:
    assert not Owner("elsewhere", os.getpid(), "0-1").certainly_dead


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing tells one boot from another")
def test_a_process_of_another_machine_that_bears_the_same_name_may_be_alive() -> None:
    owner = Owner.this_process()
    _boot, _, ticks = owner.started.partition("-")
    assert not replace(owner, pid=_gone(), started=f"00000000-{ticks}").certainly_dead


@pytest.mark.skipif(sys.platform != "linux", reason="processes are hidden by how /proc is mounted")
def test_a_process_that_is_hidden_from_us_may_be_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    owner = replace(Owner.this_process(), pid=_gone())
    assert owner.certainly_dead

    def refuse(_pid: int, _signal: int) -> None:
        raise PermissionError

    # As the kernel answers about a process of another user, which `hidepid` keeps out of /proc.
    monkeypatch.setattr("os.kill", refuse)
    assert not owner.certainly_dead


def _gone() -> int:
    """The id of a process that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        return process.pid


def test_a_killed_process_is_dead_before_and_after_it_is_waited_for() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        owner = Owner.of_process(process.pid)
        assert not owner.certainly_dead
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert owner.certainly_dead
    assert owner.certainly_dead


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the kernel keeps the moment itself")
def test_a_living_worker_does_not_look_dead_when_the_clock_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    owner = Owner.this_process()
    # psutil's time of boot moves with the wall clock; nothing of ours may rest on it.
    monkeypatch.setattr("psutil._pslinux.boot_time", lambda: 1.0)
    assert not owner.certainly_dead
