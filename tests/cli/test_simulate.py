"""Does the simulator start by hand, and do the lines it prints lead Duologue to it?"""

import argparse
import re
import socket
import subprocess
import sys
from urllib.request import Request, urlopen

import pytest

from duologue import cli
from duologue.config import simulating

WAIT = 20


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def test_it_says_how_to_start_duologue_and_answers():
    port = free_port()
    command = [sys.executable, "-m", "duologue", "simulate", "stripe", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as simulator:
        try:
            said = "".join(
                iter(simulator.stdout.readline, "Ctrl-C ends it, and everything in it is forgotten.\n")
            )
            given = dict(re.findall(r"export (\w+)=(\S+)", said))
            assert set(given) == {
                "DUOLOGUE_STRIPE_SECRET_KEY",
                "DUOLOGUE_STRIPE_WEBHOOK_SECRETS",
                "DUOLOGUE_STRIPE_API_BASE",
            }
            headers = {"Authorization": f"Bearer {given['DUOLOGUE_STRIPE_SECRET_KEY']}"}
            asked = Request(f"{given['DUOLOGUE_STRIPE_API_BASE']}/v1/balance", headers=headers)  # noqa: S310
            with urlopen(asked, timeout=WAIT) as answer:  # noqa: S310
                assert answer.status == 200
        finally:
            simulator.terminate()


def test_a_port_in_use_is_told_in_one_sentence(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert cli.main(["simulate", "stripe", "--port", str(port)]) == 1
    assert capsys.readouterr().err == f"Cannot listen at port {port}: Address already in use.\n"


def test_where_there_are_no_simulators_it_says_so(monkeypatch, capsys):
    monkeypatch.setattr(simulating, "find_spec", lambda name: None)
    assert simulating.simulate(argparse.Namespace(name="stripe")) == 1
    assert "make setup" in capsys.readouterr().err


def test_there_is_no_other(capsys):
    with pytest.raises(SystemExit):
        cli.main(["simulate", "bank"])
    assert "bank" in capsys.readouterr().err
