"""Is the ground of the tests what it says: one's own database, also for child processes, and no network?"""

import socket
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from pytest_socket import SocketConnectBlockedError

from tests import cast

COUNT_PEOPLE = """
import django
django.setup()
from duologue.accounts.models import User
print(User.objects.count())
"""


def test_a_child_process_sees_the_rows_of_the_test(child_environment):
    cast.make_user()
    cast.make_user()
    command = [sys.executable, "-c", COUNT_PEOPLE]
    child = subprocess.run(command, env=child_environment, capture_output=True, text=True, check=True)
    assert child.stdout.strip() == "2"


@pytest.mark.django_db
def test_the_database_is_not_the_one_a_person_works_with():
    assert "test" in Path(str(connection.settings_dict["NAME"])).name
    assert not settings.DATA_DIR.is_relative_to(Path.cwd())


def test_nothing_outside_this_machine_can_be_reached():
    with socket.socket() as outward, pytest.raises(SocketConnectBlockedError):
        outward.connect(("192.0.2.1", 443))


def test_this_machine_can_be_reached():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        pass
