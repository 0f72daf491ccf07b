"""Does everything work here? Camera, microphone and sound, tried by anyone, with no session (JOIN-5)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from duologue.web.permissions import uses_devices
from duologue.web.views.call_words import device_words


@require_safe
@cache_control(no_store=True)
@uses_devices
def test_video(request: HttpRequest) -> HttpResponse:
    return render(request, "call/test_video.html", {"config": {"words": device_words() | _verdicts()}})


def _verdicts() -> dict[str, str]:
    return {
        "works": _("Works"),
        "blocked": _("Not allowed"),
        "missing": _("Not found"),
        "busy": _("In use"),
        "testing": _("Trying"),
        "silent": _("Nothing heard"),
        "not_tried": _("Not tried"),
        "not_heard": _("Not heard"),
        "say": _("Say something:"),
        "heard_you": _("We hear you."),
        "listen": _("Play the tone and say whether you hear it."),
        "heard": _("You heard the tone."),
        "all_well": _("All is well. You are ready for a call."),
        "sound_only": _("You can join with sound only; the other person hears you but does not see you."),
        "look_above": _(
            "You can join a call, but something does not work yet. Look at what is marked above."
        ),
        "check_sound": _(
            "Turn the volume up, or choose other headphones or speakers in the system's settings."
        ),
    }
