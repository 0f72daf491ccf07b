"""What does the call page around another platform's frame say while it runs? In the viewer's language."""

from django.utils.translation import gettext as _


def frame_words(name: str, place: str) -> dict[str, str]:
    """For the page around another platform's frame; `name` is the other person's first name."""
    who = {"name": name, "place": place}
    sentences = {
        "loading": _("%(place)s is opening"),
        "alone": _("%(name)s is not here yet"),
        "both": _("%(name)s is here"),
        "outside": _("You are not in the room yet"),
        "failed": _("%(place)s did not open here. Open it in its own tab, or try another room."),
        "left_title": _("You left the call"),
        "left_words": _("The room stays open. You can come back any time until it closes."),
        "closed_title": _("The room is closed"),
        "closed_words": _("Everything else is on the page of your session."),
        "mute": _("Mute"),
        "unmute": _("Unmute"),
        "stop_video": _("Stop video"),
        "start_video": _("Start video"),
        "share": _("Share screen"),
        "stop_share": _("Stop sharing"),
        "chat": _("Chat"),
        "write": _("Write a message"),
        "send": _("Send"),
        "you": _("You"),
        "other": name,
        "camera_refused": _("No camera or microphone can be used. You can see and hear all the same."),
        "minutes_left": _("{minutes} min left"),
        "over": _("The time is over, stay as long as you need"),
    }
    return {word: sentence % who if "%(" in sentence else sentence for word, sentence in sentences.items()}
