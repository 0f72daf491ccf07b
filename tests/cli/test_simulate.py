"""Does the simulator start by hand, and do the lines it prints lead Duologue to it?"""

import argparse
import json
import os
import re
import socket
import subprocess
import sys
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from duologue import cli
from duologue.config import simulating
from tests.ports import free_port, free_ports

WAIT = 120
READ = ("ZOOM_API_BASE", "JAAS_PRIVATE_KEY", "STRIPE_API_BASE")
READY = "Ctrl-C ends it, and everything in it is forgotten.\n"
ALL_READY = "Ctrl-C ends it all, and everything in them is forgotten.\n"


def said_by(simulators, last):
    """All that is said until this line."""
    lines: list[str] = []
    for line in simulators.stdout:
        if line == last:
            return "".join(lines)
        lines.append(line)
    raise AssertionError(f"it ended after {lines}")


def test_it_says_how_to_start_duologue_and_answers():
    port = free_port()
    command = [sys.executable, "-m", "duologue", "simulate", "stripe", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as simulator:
        try:
            said = said_by(simulator, READY)
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


@pytest.fixture
def all_of_them(tmp_path):
    """Every simulator, started by one command at ports of their own, and what was said."""
    first = free_ports(len(cli.SIMULATORS))
    command = [sys.executable, "-m", "duologue", "simulate", "all", "--port", str(first)]
    surroundings = {**os.environ, "DUOLOGUE_DATA_DIR": str(tmp_path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=surroundings) as simulators:
        try:
            yield said_by(simulators, ALL_READY)
        finally:
            simulators.terminate()
    for port in range(first, first + len(cli.SIMULATORS)):
        with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
            pass


def test_all_start_with_one_command_and_the_product_reads_what_they_say(all_of_them, tmp_path):
    for name in cli.SIMULATORS:
        assert name in all_of_them.lower()
    read = "import django, json; django.setup(); from django.conf import settings as s;"
    tell = "print(json.dumps([getattr(s, f'DUOLOGUE_{name}') for name in NAMES]))".replace(
        "NAMES", repr(READ)
    )
    script = f'. "{tmp_path}/simulators.env" && "{sys.executable}" -c "{read} {tell}"'
    surroundings = {
        **{name: value for name, value in os.environ.items() if not name.startswith("DUOLOGUE_")},
        "DJANGO_SETTINGS_MODULE": "duologue.config.settings",
        "DUOLOGUE_DATA_DIR": str(tmp_path),
    }
    done = subprocess.run(
        ["sh", "-c", script], env=surroundings, capture_output=True, text=True, timeout=WAIT, check=True
    )
    zoom, key, stripe = json.loads(done.stdout)
    assert key.startswith("-----BEGIN")
    asked = Request(f"{zoom}/users/me", headers={"Authorization": "Bearer nobody"})  # noqa: S310
    with pytest.raises(HTTPError) as refused:
        urlopen(asked, timeout=WAIT)  # noqa: S310
    refused.value.close()
    assert refused.value.code == 401
    assert f"Stripe is simulated at {stripe} " in all_of_them
    assert f". {tmp_path}/simulators.env && " in all_of_them
    assert "PRIVATE KEY" not in all_of_them


def test_where_one_cannot_start_none_stays(tmp_path):
    first = free_ports(len(cli.SIMULATORS))
    command = [sys.executable, "-m", "duologue", "simulate", "all", "--port", str(first)]
    surroundings = {**os.environ, "DUOLOGUE_DATA_DIR": str(tmp_path)}
    with socket.create_server(("127.0.0.1", first + 1)):
        done = subprocess.run(
            command, env=surroundings, capture_output=True, text=True, timeout=WAIT, check=False
        )
    assert done.returncode == 1
    assert f"Cannot listen at port {first + 1}: Address already in use." in done.stderr
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", first)):
        pass


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
