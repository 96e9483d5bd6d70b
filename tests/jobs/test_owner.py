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
    assert replace(Owner.this_process(), started="0-1").certainly_dead


def test_a_process_of_another_machine_may_be_alive() -> None:
    assert not Owner("elsewhere", os.getpid(), "0-1").certainly_dead


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
