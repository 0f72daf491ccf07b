"""What do pages call the people and the hour between them?

Code says host and attendee; pages say what the operator's vocabulary says. Sentences that name a
role take the word as a parameter; nouns come in the forms a sentence needs.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Vocabulary:
    host: Text
    hosts: Text
    attendee: Text
    attendees: Text
    session: Text
    sessions: Text
    find_host: Text
    your_sessions: Text


VOCABULARIES: dict[str, Vocabulary] = {
    "mentoring": Vocabulary(
        host=_("mentor"),
        hosts=_("mentors"),
        attendee=_("mentee"),
        attendees=_("mentees"),
        session=_("session"),
        sessions=_("sessions"),
        find_host=_("Find a mentor"),
        your_sessions=_("Your sessions"),
    ),
    "telehealth": Vocabulary(
        host=_("doctor"),
        hosts=_("doctors"),
        attendee=_("patient"),
        attendees=_("patients"),
        session=_("appointment"),
        sessions=_("appointments"),
        find_host=_("Find a doctor"),
        your_sessions=_("Your appointments"),
    ),
    "generic": Vocabulary(
        host=_("host"),
        hosts=_("hosts"),
        attendee=_("attendee"),
        attendees=_("attendees"),
        session=_("meeting"),
        sessions=_("meetings"),
        find_host=_("Find a host"),
        your_sessions=_("Your meetings"),
    ),
}
