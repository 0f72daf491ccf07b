"""Does everything work here? Devices, line and way through, tried by anyone, with no session (JOIN-5)."""

import os
from datetime import timedelta
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from duologue.accounts.throttle import allow, client_address
from duologue.calls import ice
from duologue.core.ids import random_token
from duologue.web.browsers import BROWSERS, browser_of
from duologue.web.permissions import uses_devices
from duologue.web.viewer import viewer_of
from duologue.web.views.call_words import device_words

LOGIN_LIVES = timedelta(minutes=2)
"""Strangers get a login at the relay too, but one that is of no use for a call."""
MOST_BYTES = 512 * 1024
LOGINS_A_MINUTE = 10
PACKETS_A_MINUTE = 60


@require_safe
@cache_control(no_store=True)
@uses_devices
def test_video(request: HttpRequest) -> HttpResponse:
    browser = browser_of(request.headers.get("User-Agent", ""))
    others = [one for one in BROWSERS if one is not browser]
    context = {
        "config": {"words": device_words(browser) | _verdicts()},
        "browsers": [browser, *others] if browser in BROWSERS else others,
        "is_known": browser in BROWSERS,
    }
    return render(request, "call/test_video.html", context)


@require_safe
@cache_control(no_store=True)
def servers(request: HttpRequest) -> HttpResponse:
    """Which servers a call would use. Other sites' pages cannot read it, so no token guards it."""
    if not allow("test-servers", client_address(request), limit=LOGINS_A_MINUTE, seconds=60):
        return HttpResponse(status=429)
    found = ice.ice_servers(
        settings.DUOLOGUE_STUN_URLS,
        settings.DUOLOGUE_TURN_URLS,
        settings.DUOLOGUE_TURN_SECRET,
        user=f"test-{random_token(64)}",
        expires_at=viewer_of(request).now + LOGIN_LIVES,
    )
    return HttpResponse(orjson.dumps({"iceServers": found}), content_type="application/json")


@csrf_exempt
@require_http_methods(["GET", "POST"])
@cache_control(no_store=True)
def packet(request: HttpRequest) -> HttpResponse:
    """Something to measure the line by: as many bytes as asked for, or a place to leave some."""
    if not allow("test-packets", client_address(request), limit=PACKETS_A_MINUTE, seconds=60):
        return HttpResponse(status=429)
    if request.method == "POST":
        while request.read(64 * 1024):
            pass
        return HttpResponse(status=204)
    asked = request.GET.get("size", "0")
    size = min(int(asked), MOST_BYTES) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 0
    return HttpResponse(os.urandom(size), content_type="application/octet-stream")


def _verdicts() -> dict[str, Any]:
    return {**_of_devices(), **_of_the_line(), **_in_all()}


def _of_devices() -> dict[str, str]:
    return {
        "works": _("Works"),
        "blocked": _("Not allowed"),
        "missing": _("Not found"),
        "busy": _("In use"),
        "testing": _("Trying"),
        "silent": _("Nothing heard"),
        "silent_more": _(
            "Say something. If the bars stay still, switch the microphone on at the headset, or choose"
            " another one."
        ),
        "unmeasured": _(
            "Your browser gives us its sound. If the bars stay still, click anywhere on this page."
        ),
        "not_tried": _("Not tried"),
        "not_heard": _("Not heard"),
        "say": _("Say something:"),
        "heard_you": _("We hear you."),
        "listen": _("Play the tone and say whether you hear it."),
        "heard": _("You heard the tone."),
        "check_sound": _(
            "Turn the volume up, or choose other headphones or speakers in the system's settings."
        ),
    }


def _of_the_line() -> dict[str, str]:
    return {
        "measuring": _("We measure your connection for a few seconds."),
        "line_figures": _("{down} Mbit/s down, {up} Mbit/s up, {ms} ms."),
        "line_ok": _("Enough for a sharp picture."),
        "line_slow": _("Slow"),
        "line_slow_more": _(
            "Enough for a call with a smaller picture. Move closer to the router or use a cable if you can."
        ),
        "line_bad": _("Too slow"),
        "line_bad_more": _("Enough for sound at best. Move closer to the router, or use another network."),
        "line_unknown": _("Not measured"),
        "line_unknown_more": _("We could not measure it. Test again in a minute."),
        "way_direct": _("Direct"),
        "way_direct_more": _("Your network lets calls pass. If it did not, we would relay them."),
        "way_direct_only": _(
            "Your network lets calls pass, but our relay cannot be reached from here. Where the other side's"
            " network is strict, the call may not come about."
        ),
        "way_relay": _("Relayed"),
        "way_relay_more": _(
            "Your network lets no direct calls pass. We relay them, and that works from here."
        ),
        "way_none": _("Blocked"),
        "way_none_more": _(
            "Your network lets no calls pass. Use another one, a telephone's for example, or ask whoever"
            " runs it to allow {servers}."
        ),
        "way_own": _("One network"),
        "way_own_more": _("Here calls need no servers: they reach people on one network only."),
        "browser_ok_more": _("This browser can do all that a call needs."),
        "browser_no_screen": _("Calls work in this browser. It cannot share its screen; a computer's can."),
        "browser_old": _("Too old"),
        "browser_old_more": _(
            "Calls do not work in this browser. Use a new Firefox, Chrome, Edge or Safari."
        ),
    }


def _in_all() -> dict[str, str]:
    return {
        "all_well": _("All is well. You are ready for a call."),
        "tone_left": _("All is well so far. Play the tone to be sure of the sound."),
        "sound_only": _("You can join with sound only; the other person hears you but does not see you."),
        "picture_only": _("You can join, but nobody would hear you. Look at the microphone above."),
        "no_call": _("A call would not work here. Look at what is marked above."),
        "small_picture": _("You can join a call. The picture may be small."),
        "look_above": _(
            "You can join a call, but something does not work yet. Look at what is marked above."
        ),
    }
