"""What does the call page say while it runs? Its script's sentences, in the viewer's language."""

from django.utils.translation import gettext as _


def call_words(name: str, full_name: str, session: str) -> dict[str, str]:
    """By the names that static/js/call/view.js knows; `name` is the other person's first name."""
    who = {"name": name, "full_name": full_name, "session": session}
    return {word: sentence % who for word, sentence in {**_other(), **_own(), **device_words()}.items()}


def _other() -> dict[str, str]:
    return {
        "absent": _("%(name)s is not here yet"),
        "absent_green": _("Come in whenever you like. %(name)s sees that you are waiting."),
        "absent_in": _("Stay here. %(name)s sees that you are waiting."),
        "waiting": _("%(name)s is at the door"),
        "waiting_more": _("Checking camera and sound, and here in a moment."),
        "here": _("%(name)s is here"),
        "here_green": _("Come in whenever you like."),
        "connecting": _("Connecting you with %(name)s"),
        "connecting_more": _("This takes a few seconds."),
        "slow": _("The connection does not come about"),
        "slow_more": _(
            "Both of you are here, but your networks keep you apart. We keep trying by ourselves."
        ),
        "lost": _("%(name)s dropped out"),
        "lost_now": _("Stay here. We keep trying by ourselves."),
        "lost_more": _("Stay here. We keep trying by ourselves, for {seconds} seconds so far."),
        "lost_plate": _("%(name)s, connection lost"),
        "left": _("%(name)s left"),
        "left_more": _("If that was not the end, stay here: the room is open."),
        "other_muted": _("%(full_name)s, muted"),
        "other_plate": _("%(full_name)s"),
        "arrived_title": _("%(name)s is here"),
        "device_asks": _("A second device asks to come in as %(name)s."),
    }


def _own() -> dict[str, str]:
    return {
        "offline": _("You are offline"),
        "offline_more": _("We reconnect you as soon as the network is back."),
        "you": _("You"),
        "you_muted": _("You, muted"),
        "you_look": _("You look like this"),
        "starts_in": _("Starts in {minutes} min, at {time}"),
        "starts_in_short": _("Starts in {minutes} min"),
        "minutes_left": _("{minutes} min left, ends {time}"),
        "minutes_left_short": _("{minutes} min left"),
        "over": _("Ended at {time}, stay as long as you need"),
        "over_short": _("Over since {time}"),
        "good": _("Good connection"),
        "trying": _("Connecting"),
        "bad": _("No connection"),
        "left_title": _("You left the call"),
        "left_words": _("The room stays open. You can come back any time until it closes."),
        "moved_title": _("The call goes on in another window"),
        "moved_words": _("You opened it there a moment ago. Only one window at a time can be in the call."),
        "closed_title": _("The room is closed"),
        "closed_words": _("Your %(session)s is over. Everything else is on its page."),
        "gone_title": _("You cannot be in this call any more"),
        "gone_words": _(
            "Your link was replaced or your access was taken back. Open the newest mail, or sign in."
        ),
        "cancelled_title": _("This %(session)s was cancelled"),
        "cancelled_words": _("The call has ended for both of you."),
        "come_back": _("Come back"),
        "use_here": _("Use it here"),
    }


def device_words() -> dict[str, str]:
    """About camera, microphone and sound alone: the test page says the same."""
    return {
        "mute": _("Mute"),
        "unmute": _("Unmute"),
        "stop_video": _("Stop video"),
        "start_video": _("Start video"),
        "stop": _("Stop"),
        "start": _("Start"),
        "camera": _("Camera"),
        "microphone": _("Microphone"),
        "default_sound": _("System default"),
        "none": _("None"),
        "asking": _("The browser asks for your camera and microphone"),
        "asking_more": _("Say yes there. Nobody sees or hears you before you join."),
        "camera_blocked": _(
            "The browser does not let us use your camera. Click the lock beside the address,"
            " allow the camera, then try again. You can also join with sound only."
        ),
        "microphone_blocked": _(
            "The browser does not let us use your microphone. Click the lock beside the address,"
            " allow it, then try again. You can also join and only listen."
        ),
        "both_blocked": _(
            "The browser does not let us use your camera and microphone. Click the lock beside the"
            " address, allow both, then try again. You can also join and only watch and listen."
        ),
        "camera_missing": _("We find no camera. Plug one in and try again, or join with sound only."),
        "microphone_missing": _("We find no microphone. Plug one in and try again, or join and only listen."),
        "both_missing": _(
            "We find neither camera nor microphone. Plug them in and try again, or join and only watch"
            " and listen."
        ),
        "camera_busy": _(
            "Another program uses your camera. Close it and try again, or join with sound only."
        ),
        "microphone_busy": _(
            "Another program uses your microphone. Close it and try again, or join and listen."
        ),
        "both_busy": _(
            "Another program uses your camera and microphone. Close it and try again, or join and only"
            " watch and listen."
        ),
        "insecure": _(
            "This browser gives camera and microphone only to secure pages (https). You can still watch."
        ),
    }
