"""How does a form look? The renderer, and the few widgets beyond Django's own."""

from typing import Any, ClassVar

from django import forms
from django.forms.renderers import TemplatesSetting


class Renderer(TemplatesSetting):
    """Draws `{{ form }}` and `{{ form.field.as_field_group }}` from this package's templates."""

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"
    OWN: ClassVar[dict[str, str]] = {
        "django/forms/widgets/radio.html": "forms/choices.html",
        "django/forms/widgets/checkbox_select.html": "forms/choices.html",
    }

    def get_template(self, template_name: str) -> Any:
        return super().get_template(self.OWN.get(template_name, template_name))


class Switch(forms.CheckboxInput):
    """A checkbox drawn as a switch: for what takes effect as a state, not as an answer."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"class": "switch", "role": "switch", **(attrs or {})})


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class TimeInput(forms.TimeInput):
    input_type = "time"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%H:%M")


class CodeInput(forms.TextInput):
    """The six digits of a mailed code: one field, which phones fill by themselves."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        usual = {
            "class": "code-input",
            "inputmode": "numeric",
            "autocomplete": "one-time-code",
            "pattern": "[0-9 ]*",
            "maxlength": "8",
            "spellcheck": "false",
        }
        super().__init__({**usual, **(attrs or {})})
