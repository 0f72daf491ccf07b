"""Which function runs which job? The only place that names them all."""

from datetime import timedelta

TABLE: dict[str, str] = {
    "clear_call_signals": "duologue.usecases.presence:purge",
    "complete": "duologue.usecases.progress:complete",
    "expire_hold": "duologue.usecases.expire_hold:expire_hold",
    "forget_sign_ins": "duologue.accounts.upkeep:forget_ended",
    "issue_refund": "duologue.usecases.issue_refund:issue_refund",
    "make_link": "duologue.usecases.make_link:make_link",
    "remind": "duologue.notifications.reminders:remind",
    "send_mail": "duologue.notifications.sending:send_mail",
    "settle_payment": "duologue.usecases.settle_payment:settle_payment_job",
    "start": "duologue.usecases.progress:start",
}

PERIODIC: dict[str, timedelta] = {
    "clear_call_signals": timedelta(minutes=10),
    "forget_sign_ins": timedelta(hours=1),
}
"""Chores that workers keep enqueued: job name to the pause between two turns."""
