"""Which page stands at which address?"""

from django.urls import URLPattern, URLResolver, include, path

from duologue.web.views import (
    booking,
    call,
    cancelling,
    clock,
    directory,
    errors,
    host,
    joining,
    knock,
    mailbox,
    sandbox,
    sessions,
    styleguide,
    test_video,
)
from duologue.webhooks.stripe import stripe_webhook

handler404 = errors.not_found
handler500 = errors.broken

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/", include("duologue.api.urls")),
    path("", directory.directory, name="directory"),
    path("", include("duologue.web.urls_people")),
    path("", include("duologue.ops.urls")),
    path("h/<slug:slug>", host.host_page, name="host"),
    path("book", booking.hold, name="hold"),
    path("bookings/<uuid:booking_id>/details", booking.details, name="details"),
    path("bookings/<uuid:booking_id>/release", booking.release, name="release"),
    path("bookings/<uuid:booking_id>/finish", booking.finish, name="finish"),
    path("bookings/<uuid:booking_id>/paid", booking.paid, name="paid"),
    path("bookings/<uuid:booking_id>/address", sessions.change_address, name="change-address"),
    path("sandbox/checkout/<uuid:key>", sandbox.checkout, name="sandbox-checkout"),
    path("sessions", sessions.dashboard, name="sessions"),
    path("sessions/<uuid:booking_id>", sessions.session, name="session"),
    path("sessions/<uuid:booking_id>/cancel", cancelling.cancel_session, name="cancel"),
    path("sessions/<uuid:booking_id>/cannot-come", cancelling.cannot_come, name="cannot-come"),
    path("sessions/<uuid:booking_id>/objection", cancelling.objection, name="objection"),
    path("sessions/<uuid:booking_id>/outcome", cancelling.correct, name="outcome"),
    path("sessions/<uuid:booking_id>/confirmed", sessions.confirmed, name="confirmed"),
    path("j/<slug:token>", joining.join_link, name="join-link"),
    path("bookings/<uuid:booking_id>/join", joining.join_booking, name="join"),
    path("video-call/<uuid:booking_id>", call.room, name="video-call"),
    path("video-call/<uuid:booking_id>/exchange", mailbox.exchange, name="call-exchange"),
    path("video-call/<uuid:booking_id>/farewell", mailbox.farewell, name="call-farewell"),
    path("video-call/<uuid:booking_id>/go", call.go, name="call-go"),
    path("video-call/<uuid:booking_id>/longer", call.keep_open, name="call-longer"),
    path("video-call/<uuid:booking_id>/devices/<int:device_id>", call.decide_device, name="call-device"),
    path("video-call/<uuid:booking_id>/admission", knock.admission, name="call-admission"),
    path("video-call/<uuid:booking_id>/send-code", knock.send_code, name="call-send-code"),
    path("video-call/<uuid:booking_id>/code", knock.enter_code, name="call-code"),
    path("clock", clock.clock_page, name="clock"),
    path("styleguide", styleguide.styleguide, name="styleguide"),
    path("test-video", test_video.test_video, name="test-video"),
    path("webhooks/stripe", stripe_webhook, name="stripe-webhook"),
]
