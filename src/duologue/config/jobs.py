"""Which function runs which job? The only place that names them all."""

from datetime import timedelta

TABLE: dict[str, str] = {
    "complete": "duologue.usecases.progress:complete",
    "expire_hold": "duologue.usecases.expire_hold:expire_hold",
    "issue_refund": "duologue.usecases.issue_refund:issue_refund",
    "make_link": "duologue.usecases.make_link:make_link",
    "remind": "duologue.notifications.reminders:remind",
    "send_mail": "duologue.notifications.sending:send_mail",
    "settle_payment": "duologue.usecases.settle_payment:settle_payment_job",
    "start": "duologue.usecases.progress:start",
}

PERIODIC: dict[str, timedelta] = {}
"""Chores that workers keep enqueued: job name to the pause between two turns."""
