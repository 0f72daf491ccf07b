"""A real relay, coturn on loopback, for tests that bring `certificate` and `relay` into their module."""

import shutil
import socket
import subprocess
import time
from contextlib import contextmanager, suppress
from datetime import timedelta

import pytest

from duologue.calls import ice
from duologue.core import clock
from tests.ports import free_ports

SECRET = "a-secret-of-relay-and-duologue"


def login(secret=SECRET, lives=timedelta(hours=1)):
    return ice.turn_credentials(secret, user="doctor", expires_at=clock.machine() + lives)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    place = tmp_path_factory.mktemp("relay")
    made = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
    ]
    files = [
        "-keyout",
        str(place / "key"),
        "-out",
        str(place / "cert"),
        "-addext",
        "subjectAltName=DNS:localhost",
    ]
    subprocess.run([*made, *files], check=True, capture_output=True)
    return place / "cert", place / "key"


@contextmanager
def coturn(certificate, place, port):
    """coturn on loopback, set up as docs/running.md says."""
    program = shutil.which("turnserver")
    if program is None:
        pytest.skip("coturn is not installed: apt-get install coturn")
    cert, key = certificate
    options = {
        "listening-ip": "127.0.0.1",
        "relay-ip": "127.0.0.1",
        "listening-port": port,
        "tls-listening-port": port + 1,
        "realm": "relay.example",
        "static-auth-secret": SECRET,
        "cli-password": "nobody",
        "cert": cert,
        "pkey": key,
        "pidfile": place / "pid",
        "userdb": place / "db",
    }
    flags = [
        "-n",
        "--use-auth-secret",
        "--allow-loopback-peers",
        "--no-cli",
        "--log-file=stdout",
        "--no-dtls",
    ]
    given = [f"--{name}={value}" for name, value in options.items()]
    with (place / "log").open("wb") as log:
        process = subprocess.Popen([program, *flags, *given], stdout=log, stderr=log, cwd=place)
    with process:
        try:
            yield process
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def relay(certificate, tmp_path_factory):
    """The port of a coturn that coturn's own client has got an answer from, over TCP and over UDP."""
    place = tmp_path_factory.mktemp("coturn")
    for _ in range(3):
        port = free_ports(2)
        with coturn(certificate, place, port) as process:
            if _accepts(port, process) and _answers_its_own_client(port):
                yield port
                return
    pytest.skip(
        "coturn does not answer its own client (turnutils_stunclient) on this machine: "
        + (place / "log").read_text(errors="replace")[-2000:]
    )


def _accepts(port, process):
    until = time.monotonic() + 20
    while process.poll() is None and time.monotonic() < until:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return True
        except OSError:
            time.sleep(0.05)
    return False


def _answers_its_own_client(port):
    """Over UDP; the client waits for ever for an answer that does not come."""
    asking = ["turnutils_stunclient", "-p", str(port), "127.0.0.1"]
    for _ in range(5):
        with suppress(subprocess.TimeoutExpired):
            asked = subprocess.run(asking, capture_output=True, text=True, check=False, timeout=2)
            if "UDP reflexive addr" in asked.stdout:
                return True
    return False
