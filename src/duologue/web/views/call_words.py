"""What does the call page say while it runs? Its script's sentences, in the viewer's language."""

from django.utils.translation import gettext as _

from duologue.web.browsers import Browser


def call_words(name: str, full_name: str, session: str, browser: Browser) -> dict[str, str]:
    """By the names that static/js/call/view.js knows; `name` is the other person's first name."""
    who = {"name": name, "full_name": full_name, "session": session}
    about_them = {**_other(), **_own(), **_results()}
    return {word: sentence % who for word, sentence in about_them.items()} | device_words(browser)


def door_words(name: str, *, is_host: bool) -> dict[str, str]:
    """Where the host lets people in by hand: for the host, and for who waits at the door until then."""
    words = _inside_the_door() if is_host else _outside_the_door()
    return {word: sentence % {"name": name} for word, sentence in words.items()}


def _inside_the_door() -> dict[str, str]:
    return {
        "door": _("%(name)s is at the door"),
        "door_green": _("%(name)s waits until you let them in. Do it now, or go in first."),
        "door_now": _("%(name)s is at the door"),
        "door_in": _("%(name)s waits until you let them in."),
    }


def _outside_the_door() -> dict[str, str]:
    return {
        "outside": _("%(name)s is not here at the moment"),
        "outside_green": _("Join whenever you like. You wait at the door until %(name)s lets you in."),
        "outside_now": _("You are at the door"),
        "outside_in": _("%(name)s is not here yet, and is told on arriving. Stay here."),
        "told": _("%(name)s is here"),
        "told_green": _("Join, and %(name)s lets you in."),
        "told_now": _("%(name)s knows that you are at the door"),
        "told_in": _("Stay here. %(name)s lets you in."),
    }


def _other() -> dict[str, str]:
    return {
        "absent": _("%(name)s is not here yet"),
        "absent_green": _("Come in whenever you like. %(name)s sees that you are waiting."),
        "absent_now": _("%(name)s is not here yet"),
        "absent_in": _("Stay here. %(name)s sees that you are waiting."),
        "absent_late": _("%(name)s is running {minutes} minutes late, and sees that you are waiting."),
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
        "trying_too": _("%(name)s is reconnecting"),
        "lost_now": _("Stay here. We keep trying by ourselves."),
        "lost_more": _("Stay here. We keep trying by ourselves, for {seconds} seconds so far."),
        "lost_plate": _("%(name)s, connection lost"),
        "left": _("%(name)s left"),
        "left_more": _("If that was not the end, stay here: the room is open."),
        "other_muted": _("%(full_name)s, muted"),
        "other_plate": _("%(full_name)s"),
        "other_thin": _("%(full_name)s, sound only for now"),
        "name": "%(name)s",
        "their_screen": _("%(name)s’s screen"),
        "their_weak": _("%(name)s’s connection is weak"),
        "result_theirs": _("%(name)s: {camera}, {microphone}"),
        "arrived_title": _("%(name)s is here"),
    }


def _own() -> dict[str, str]:
    return {
        "offline": _("You are offline"),
        "offline_more": _("We reconnect you as soon as the network is back."),
        "you": _("You"),
        "you_muted": _("You, muted"),
        "you_look": _("You look like this"),
        "you_thin": _("You, sound only for now"),
        "you_share": _("You, sharing your screen"),
        "my_screen": _("Your screen"),
        "share": _("Share screen"),
        "share_short": _("Share"),
        "stop_share": _("Stop sharing"),
        "result_mine": _("You: {camera}, {microphone}"),
        "line_detail": _("{way}, {ms} ms there and back; {lost} of 100 packets lost."),
        "direct": _("Straight between the two of you"),
        "by_relay": _("Through our relay"),
        "starts_in": _("Starts in {minutes} min, at {time}"),
        "starts_in_short": _("Starts in {minutes} min"),
        "minutes_left": _("{minutes} min left, ends {time}"),
        "minutes_left_short": _("{minutes} min left"),
        "over": _("Ended at {time}, stay as long as you need"),
        "over_short": _("Over since {time}"),
        "good": _("Good connection"),
        "weak": _("Weak connection"),
        "poor": _("Very weak connection"),
        "sound_first": _("Weak connection, sound first"),
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


def _results() -> dict[str, str]:
    """What each side's page found out about its devices, as part of a sentence."""
    return {
        "camera_is_fine": _("camera works"),
        "camera_is_off": _("camera off"),
        "camera_is_missing": _("no camera"),
        "camera_is_blocked": _("camera not allowed"),
        "camera_is_busy": _("camera in use elsewhere"),
        "microphone_is_fine": _("microphone works"),
        "microphone_is_silent": _("microphone silent"),
        "microphone_is_off": _("microphone muted"),
        "microphone_is_missing": _("no microphone"),
        "microphone_is_blocked": _("microphone not allowed"),
        "microphone_is_busy": _("microphone in use elsewhere"),
    }


def device_words(browser: Browser) -> dict[str, str]:
    """About camera, microphone and sound alone: the test page says the same."""
    return {**_controls(), **_device_trouble(str(browser.allow))}


def _controls() -> dict[str, str]:
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
    }


def _device_trouble(how: str) -> dict[str, str]:
    return {
        "camera_blocked": _(
            "The browser does not let us use your camera. %(how)s Then try again. You can also join with"
            " sound only."
        )
        % {"how": how},
        "microphone_blocked": _(
            "The browser does not let us use your microphone. %(how)s Then try again. You can also join and"
            " only listen."
        )
        % {"how": how},
        "both_blocked": _(
            "The browser does not let us use your camera and microphone. %(how)s Then try again. You can also"
            " join and only watch and listen."
        )
        % {"how": how},
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
