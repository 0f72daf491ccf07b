"""Which function runs which job? The only place that names them all."""

from datetime import timedelta

from duologue.jobs.lanes import Lane

TABLE: dict[str, str] = {
    "ask_about_checkout": "duologue.usecases.reconcile:ask_about_checkout",
    "ask_about_checkouts": "duologue.usecases.reconcile:ask_about_checkouts",
    "ask_about_slow_money": "duologue.usecases.reconcile:ask_about_slow_money",
    "ask_for_review": "duologue.usecases.ask_for_review:ask_for_review",
    "clear_call_signals": "duologue.usecases.presence:purge",
    "clear_up": "duologue.usecases.clear_up:clear_up",
    "complete": "duologue.usecases.progress:complete",
    "delete_room": "duologue.usecases.delete_room:delete_room",
    "expire_hold": "duologue.usecases.expire_hold:expire_hold",
    "forget_sign_ins": "duologue.accounts.upkeep:forget_ended",
    "forget_webhook_bodies": "duologue.inbox.receiving:forget_bodies",
    "handle_stripe_event": "duologue.usecases.handle_stripe_event:handle_stripe_event",
    "handle_video_event": "duologue.usecases.handle_video_event:handle_video_event",
    "issue_refund": "duologue.usecases.issue_refund:issue_refund",
    "look_at_refund": "duologue.usecases.issue_refund:look_again",
    "make_link": "duologue.usecases.make_link:make_link",
    "move_room": "duologue.usecases.move_room:move_room",
    "probe_connection": "duologue.usecases.probe_connections:probe_connection",
    "probe_connections": "duologue.usecases.probe_connections:probe_connections",
    "refund_absent_host": "duologue.usecases.refund_absent_host:refund_absent_host",
    "remind_to_pay": "duologue.usecases.remind_to_pay:remind_to_pay",
    "remind": "duologue.notifications.reminders:remind",
    "read_calendar": "duologue.usecases.read_calendars:read_calendar",
    "read_calendars": "duologue.usecases.read_calendars:read_calendars",
    "reseal_accounts": "duologue.connections.resealing:reseal",
    "reseal_private_notes": "duologue.bookings.private_notes:reseal",
    "reseal_rooms": "duologue.video.requests:reseal",
    "retry_places": "duologue.usecases.retry_places:retry_places",
    "revoke_account": "duologue.usecases.disconnect_account:revoke_account",
    "send_mail": "duologue.notifications.sending:send_mail",
    "settle_payment": "duologue.usecases.settle_payment:settle_payment_job",
    "start": "duologue.usecases.progress:start",
    "tell_reconnect": "duologue.usecases.tell_reconnect:tell_reconnect",
    "tell_waiting": "duologue.usecases.tell_waiting:tell_waiting",
    "tell_review": "duologue.usecases.tell_review:tell_review",
}

PERIODIC: dict[str, timedelta] = {
    "ask_about_checkouts": timedelta(minutes=10),
    "ask_about_slow_money": timedelta(hours=1),
    "clear_call_signals": timedelta(minutes=10),
    "forget_sign_ins": timedelta(hours=1),
    "forget_webhook_bodies": timedelta(days=1),
    "probe_connections": timedelta(hours=1),
    "read_calendars": timedelta(minutes=1),
    "reseal_accounts": timedelta(days=1),
    "reseal_private_notes": timedelta(days=1),
    "reseal_rooms": timedelta(days=1),
}
"""Chores that workers keep enqueued: job name to the pause between two turns."""

LANES: dict[str, Lane] = {
    "ask_about_checkout": Lane.VENDORS,
    "clear_up": Lane.VENDORS,
    "delete_room": Lane.VENDORS,
    "handle_stripe_event": Lane.VENDORS,
    "issue_refund": Lane.VENDORS,
    "look_at_refund": Lane.VENDORS,
    "make_link": Lane.VENDORS,
    "move_room": Lane.VENDORS,
    "probe_connection": Lane.VENDORS,
    "read_calendar": Lane.CALENDARS,
    "revoke_account": Lane.VENDORS,
    "send_mail": Lane.MAILS,
    "settle_payment": Lane.VENDORS,
}
"""Jobs that wait for a vendor or a mail server have threads of their own."""
