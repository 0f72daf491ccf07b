"""Under which name does somebody stand beside a review? First name and an initial, never an address."""


def public_name(name: str) -> str:
    """Mateo L.; Leyla A. for Dr. Leyla Ay; empty where there is no name that can be shown."""
    if "@" in name:
        return ""
    words = [word for word in name.split() if any(letter.isalnum() for letter in word)]
    named = [word for word in words if not word.endswith(".")] or words
    if len(named) < 2:
        return "".join(named)
    initial = next(letter for letter in named[-1] if letter.isalnum())
    return f"{named[0]} {initial.upper()}."
