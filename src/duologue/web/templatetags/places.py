"""Where does a host meet people? For pages that show the host."""

from django import template
from django.utils.translation import gettext as _

from duologue.accounts.models import Host
from duologue.usecases import platform_choices
from duologue.video.places import where

register = template.Library()


@register.simple_tag
def meets(host: Host) -> str:
    """The platform of new sessions, in a sentence of its own; empty where there is none just now."""
    platform = platform_choices.present(host)
    return _("Meets %(where)s") % {"where": where(platform)} if platform else ""
