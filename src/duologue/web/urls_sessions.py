"""Which addresses belong to one's sessions beside the list and the session's own page?"""

from django.urls import path

from duologue.web.views import following, fresh, own_words, proposing

urlpatterns = [
    path("sessions/fresh", fresh.fresh, name="fresh-sessions"),
    path("sessions/<uuid:booking_id>/note", own_words.note, name="note"),
    path("sessions/<uuid:booking_id>/private", own_words.private_note, name="private-note"),
    path("sessions/<uuid:booking_id>/late", own_words.late, name="late"),
    path("sessions/<uuid:booking_id>/calendar.ics", own_words.calendar_file, name="calendar-file"),
    path("sessions/<uuid:booking_id>/next", following.next_session, name="next-session"),
    path("sessions/<uuid:booking_id>/take-back", following.take_back, name="take-back-session"),
    path("sessions/<uuid:booking_id>/propose", proposing.propose_times, name="propose"),
    path("sessions/<uuid:booking_id>/proposals/<uuid:proposal_id>", proposing.answer, name="proposal"),
    path("sessions/<uuid:booking_id>/proposals/<uuid:proposal_id>/decline", proposing.say_no, name="say-no"),
    path(
        "sessions/<uuid:booking_id>/proposals/<uuid:proposal_id>/withdraw",
        proposing.take_back,
        name="take-back",
    ),
]
