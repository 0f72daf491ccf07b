"""What do the tests of calendars share? The mail server of the mail tests."""

from tests.notifications.conftest import mailbox as mailbox
