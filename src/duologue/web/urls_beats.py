"""Where do the scripts of a call's page ask again and again? See `beats.py`."""

from django.urls import path

from duologue.web.views import framed, mailbox

urlpatterns = [
    path("video-call/<uuid:booking_id>/exchange", mailbox.exchange, name="call-exchange"),
    path("video-call/<uuid:booking_id>/farewell", mailbox.farewell, name="call-farewell"),
    path("video-call/<uuid:booking_id>/seen", framed.seen, name="call-seen"),
]
