"""What does Stripe answer when it says no?"""

from typing import Any


class ApiError(Exception):
    """An answer that is no object. `is_stored`: whether the idempotency key remembers it."""

    def __init__(self, status: int, error: dict[str, Any], *, is_stored: bool = False) -> None:
        super().__init__(error.get("message", ""))
        self.status = status
        self.body = {"error": error}
        self.is_stored = is_stored


def refused(message: str, *, code: str = "", param: str = "") -> ApiError:
    """400 before anything was done: the key stays free."""
    return ApiError(400, _error("invalid_request_error", message, code=code, param=param))


def impossible(message: str, *, code: str = "", param: str = "") -> ApiError:
    """400 because of how things stand: the answer to this key from now on."""
    return ApiError(400, _error("invalid_request_error", message, code=code, param=param), is_stored=True)


def missing(kind: str, name: str) -> ApiError:
    error = _error("invalid_request_error", f"No such {kind}: '{name}'", code="resource_missing", param="id")
    return ApiError(404, error)


def unauthorized(message: str) -> ApiError:
    return ApiError(401, _error("invalid_request_error", message))


def forbidden() -> ApiError:
    return ApiError(403, _error("invalid_request_error", "The provided key lacks a required permission."))


def conflict() -> ApiError:
    words = "There is currently another in-progress request using this Idempotent Key."
    return ApiError(409, _error("invalid_request_error", words, code="idempotency_key_in_use"))


def other_parameters() -> ApiError:
    words = (
        "Keys for idempotent requests can only be used with the same parameters they were first used with."
    )
    return ApiError(400, _error("idempotency_error", words))


def too_many() -> ApiError:
    return ApiError(429, _error("invalid_request_error", "Too many requests hit the API.", code="rate_limit"))


def broken(status: int = 500) -> ApiError:
    words = "An error occurred with our connection to Stripe."
    return ApiError(status, _error("api_error", words), is_stored=status == 500)


def _error(kind: str, message: str, *, code: str = "", param: str = "") -> dict[str, Any]:
    error = {"type": kind, "message": message}
    if code:
        error |= {"code": code, "doc_url": f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"}
    return error | ({"param": param} if param else {})
