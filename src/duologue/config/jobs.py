"""Which function runs which job? The only place that names them all."""

from datetime import timedelta

TABLE: dict[str, str] = {
    "ask_about_checkout": "duologue.usecases.reconcile:ask_about_checkout",
    "ask_about_checkouts": "duologue.usecases.reconcile:ask_about_checkouts",
    "ask_about_slow_money": "duologue.usecases.reconcile:ask_about_slow_money",
    "clear_call_signals": "duologue.usecases.presence:purge",
    "complete": "duologue.usecases.progress:complete",
    "delete_room": "duologue.usecases.delete_room:delete_room",
    "expire_hold": "duologue.usecases.expire_hold:expire_hold",
    "forget_sign_ins": "duologue.accounts.upkeep:forget_ended",
    "forget_webhook_bodies": "duologue.inbox.receiving:forget_bodies",
    "handle_stripe_event": "duologue.usecases.handle_stripe_event:handle_stripe_event",
    "issue_refund": "duologue.usecases.issue_refund:issue_refund",
    "look_at_refund": "duologue.usecases.issue_refund:look_again",
    "make_link": "duologue.usecases.make_link:make_link",
    "refund_absent_host": "duologue.usecases.refund_absent_host:refund_absent_host",
    "remind": "duologue.notifications.reminders:remind",
    "send_mail": "duologue.notifications.sending:send_mail",
    "settle_payment": "duologue.usecases.settle_payment:settle_payment_job",
    "start": "duologue.usecases.progress:start",
}

PERIODIC: dict[str, timedelta] = {
    "ask_about_checkouts": timedelta(minutes=10),
    "ask_about_slow_money": timedelta(hours=1),
    "clear_call_signals": timedelta(minutes=10),
    "forget_sign_ins": timedelta(hours=1),
    "forget_webhook_bodies": timedelta(days=1),
}
"""Chores that workers keep enqueued: job name to the pause between two turns."""
