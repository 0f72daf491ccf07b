"""How does a refusal reach the field it is about?"""

from django import forms

from duologue.core.errors import Refused


def tell(form: forms.BaseForm, refusal: Refused) -> None:
    """Put the refusal's words at its field or fields, else on top of the form."""
    fields: dict[str, list[str]] = refusal.data.get("fields") or {}
    for name, words in fields.items():
        form.add_error(name if name in form.fields else None, words)
    if not fields:
        field = str(refusal.data.get("field", ""))
        form.add_error(field if field in form.fields else None, refusal.message)
