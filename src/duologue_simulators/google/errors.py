"""How does Google refuse? Its older APIs name a reason, its newer ones a status and details."""

from typing import Any

from duologue_simulators.vendor import Reply

_STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
}


class Refused(Exception):
    """Carries the answer."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


def older(status: int, reason: str, message: str, domain: str = "global") -> Refused:
    """As the Calendar API says it."""
    one = {"domain": domain, "reason": reason, "message": message}
    return Refused(Reply(status, {"error": {"code": status, "message": message, "errors": [one]}}))


def newer(status: int, message: str, **info: Any) -> Refused:
    """As the Meet API says it; `info` makes a part of the details."""
    error: dict[str, Any] = {"code": status, "message": message, "status": _STATUS[status]}
    if info:
        error["details"] = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", **info}]
    return Refused(Reply(status, {"error": error}))


def both(status: int, message: str, older_reason: str, newer_reason: str) -> Reply:
    """What comes before any API: about tokens, rights and switched-off APIs."""
    one = {"domain": "global", "reason": older_reason, "message": message}
    info = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": newer_reason,
        "domain": "googleapis.com",
    }
    error = {"code": status, "message": message, "status": _STATUS[status], "errors": [one]}
    return Reply(status, {"error": {**error, "details": [info]}})
