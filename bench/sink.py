"""A mail server that takes everything, in a process of its own: `python -m bench.sink`.

Its first line of output is its port, each further one the moment at which it took a mail, and which.
"""

import time
from email import message_from_bytes

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from bench.processes import HOST, free_port
from duologue.core import clock


class Sink:
    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        print(clock.machine().isoformat(), message_from_bytes(envelope.content)["Message-ID"], flush=True)
        return "250 OK"


def main() -> None:
    controller = Controller(Sink(), hostname=HOST, port=free_port())
    controller.start()
    print(controller.port, flush=True)
    while True:
        time.sleep(1)


if __name__ == "__main__":
    main()
