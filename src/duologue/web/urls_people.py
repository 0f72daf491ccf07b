"""Which pages are for people themselves, and for what hosts set up?"""

from django.urls import path

from duologue.web.views import (
    availability,
    exceptions,
    hosting,
    offers,
    people,
    photos,
    profile,
    zone,
)

urlpatterns = [
    path("sign-in", people.sign_in, name="sign-in"),
    # The names by which allauth finds the pages that it redirects to; its own pages stand nowhere.
    path("sign-in", people.sign_in, name="account_login"),
    path("sign-up", people.make_account, name="account_signup"),
    path("sign-in/code", people.type_code, name="sign-in-code"),
    path("sign-up", people.make_account, name="sign-up"),
    path("sign-out", people.sign_out, name="sign-out"),
    path("profile", profile.profile, name="profile"),
    path("profile/password", profile.password, name="password"),
    path("time-zone", zone.time_zone, name="time-zone"),
    path("media/photos/<str:name>", photos.photo, name="photo"),
    path("become-a-host", hosting.become, name="become-a-host"),
    path("hosting", hosting.page, name="hosting"),
    path("availability", availability.availability, name="availability"),
    path("availability/special-days", exceptions.edit_special_days, name="special-days"),
    path("availability/special-days/remove", exceptions.take_special_days_away, name="special-days-away"),
    path("availability/blocked-times", exceptions.block, name="block"),
    path("availability/blocked-times/<int:blocked_id>/remove", exceptions.unblock, name="unblock"),
    path("offers", offers.offers, name="offers"),
    path("offers/new", offers.new_offer, name="new-offer"),
    path("offers/<int:event_type_id>", offers.edit_offer, name="edit-offer"),
    path("offers/<int:event_type_id>/offered", offers.set_offer, name="set-offer"),
]
