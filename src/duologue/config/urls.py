"""Which page stands at which address?"""

from django.urls import URLPattern, URLResolver, include, path

from duologue.web.views import booking, directory, errors, host, sandbox, sessions

handler404 = errors.not_found
handler500 = errors.broken

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/", include("duologue.api.urls")),
    path("", directory.directory, name="directory"),
    path("h/<slug:slug>", host.host_page, name="host"),
    path("book", booking.hold, name="hold"),
    path("bookings/<uuid:booking_id>/details", booking.details, name="details"),
    path("bookings/<uuid:booking_id>/release", booking.release, name="release"),
    path("bookings/<uuid:booking_id>/paid", booking.paid, name="paid"),
    path("bookings/<uuid:booking_id>/address", sessions.change_address, name="change-address"),
    path("sandbox/checkout/<uuid:key>", sandbox.checkout, name="sandbox-checkout"),
    path("sessions", sessions.dashboard, name="sessions"),
    path("sessions/<uuid:booking_id>", sessions.session, name="session"),
    path("sessions/<uuid:booking_id>/confirmed", sessions.confirmed, name="confirmed"),
]
