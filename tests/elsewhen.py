"""The tests at another time: ELSEWHEN=2026-11-23T00:00:00+00:00 pytest -p tests.elsewhen

Opening hours, notices and days make some minutes of a week unlike others. Only this process's clock is moved:
servers that a test starts live now, so the browser's tests are not for this.
"""

import os
import time
from datetime import datetime, timedelta

from django.utils import timezone

from duologue.core import clock

_machine, _seconds = clock.machine, time.time  # noqa: TID251 - this moves what is banned elsewhere
_AWAY = datetime.fromisoformat(os.environ["ELSEWHEN"]) - _machine()


def _then() -> datetime:
    return _machine() + _AWAY


def pytest_configure() -> None:
    clock.machine = _then
    timezone.now = _then  # noqa: TID251
    time.time = lambda: _seconds() + _AWAY / timedelta(seconds=1)  # noqa: TID251
