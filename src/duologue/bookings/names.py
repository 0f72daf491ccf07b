"""How are sessions found by the other one's name? Each booking keeps both names as they are searched.

Names live with people; these copies lie in the indexes that a search walks, so that finding one name among
ten thousand sessions reads nothing else.
"""

from duologue.accounts.models import User
from duologue.accounts.search import fold
from duologue.bookings.models import SEARCHED_NAME, Booking

MOST_WORDS = 8


def searched(name: str) -> str:
    """Lower case, without accents, clipped to what is kept."""
    return fold(name)[:SEARCHED_NAME]


def words_of(text: str) -> tuple[str, ...]:
    """What somebody looks for, a word at a time."""
    return tuple(fold(text).split()[:MOST_WORDS])


def write_on(booking: Booking) -> Booking:
    """Put the names of both people on a booking that is made by hand; needs them loaded."""
    booking.host_search = searched(booking.host_person.name)
    booking.attendee_search = searched(booking.attendee_person.name)
    return booking


def renamed(user: User) -> None:
    """Let somebody's sessions be found by their present name; nothing to do for who has none."""
    if not user.name:
        return
    name = searched(user.name)
    Booking.objects.filter(attendee=user).exclude(attendee_search=name).update(attendee_search=name)
    Booking.objects.filter(host__user=user).exclude(host_search=name).update(host_search=name)
