"""What may a Stripe key do here? The gateway an installation uses, and why a key is refused (PAY-4).

Pure, because the settings ask it before anything else is there.
"""

from dataclasses import dataclass

LIVE, TEST = "live", "test"


@dataclass(frozen=True, slots=True)
class Complaint:
    """Why a key is not used: a stable id, what is wrong, and what to do."""

    id: str
    words: str
    hint: str


def mode(key: str) -> str:
    """`test`, `live`, or empty for what is no secret key of Stripe's."""
    kind, _, rest = key.partition("_")
    named, _, secret = rest.partition("_")
    return named if kind in {"sk", "rk"} and named in {LIVE, TEST} and secret else ""


def gateway(environment: str, key: str) -> str:
    """The gateway that new payments use; empty where only free sessions are possible."""
    if key and complaint(environment, key) is None:
        return "stripe"
    # A key that is refused must not end in a sandbox where somebody meant to be paid.
    return "" if environment == "production" or key else "sandbox"


def complaint(environment: str, key: str) -> Complaint | None:
    """Why this key cannot be used in this environment; None when it can, or when there is none."""
    if not key:
        return None
    if not mode(key):
        return Complaint(
            "duologue.payments.E001",
            "DUOLOGUE_STRIPE_SECRET_KEY is no secret key of Stripe's.",
            "It begins with sk_test_ or sk_live_ (rk_… for a restricted one); a pk_… key is the public one.",
        )
    if mode(key) == LIVE and environment != "production":
        return Complaint(
            "duologue.payments.E002",
            f"DUOLOGUE_STRIPE_SECRET_KEY is a live key, and DUOLOGUE_ENV is {environment}: people would pay.",
            "Use a test key (sk_test_…) here, or set DUOLOGUE_ENV=production.",
        )
    if mode(key) == TEST and environment == "production":
        return Complaint(
            "duologue.payments.E003",
            "DUOLOGUE_STRIPE_SECRET_KEY is a test key, and DUOLOGUE_ENV is production: nobody would pay.",
            "Use a live key (sk_live_…), or set DUOLOGUE_ENV=staging.",
        )
    return None
