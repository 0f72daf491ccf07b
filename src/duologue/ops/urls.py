"""Which pages are there for whoever runs the installation?"""

from django.urls import path

from duologue.ops.views import hosts, inbox, jobs, mail, overview, sessions

urlpatterns = [
    path("ops", overview.overview, name="ops"),
    path("ops/hosts", hosts.hosts, name="ops-hosts"),
    path("ops/hosts/<int:host_id>/approve", hosts.approve, name="ops-approve"),
    path("ops/hosts/<int:host_id>/suspend", hosts.suspend, name="ops-suspend"),
    path("ops/jobs", jobs.jobs, name="ops-jobs"),
    path("ops/jobs/<int:job_id>/retry", jobs.retry, name="ops-retry"),
    path("ops/mail", mail.mails, name="ops-mails"),
    path("ops/mail/<uuid:mail_id>", mail.mail, name="ops-mail"),
    path("ops/mail/<uuid:mail_id>/html", mail.mail_html, name="ops-mail-html"),
    path("ops/mail/<uuid:mail_id>/send-again", mail.send_again, name="ops-send-again"),
    path("ops/sessions/<uuid:booking_id>/cancel", sessions.cancel_for_host, name="ops-cancel"),
    path("ops/sessions/<uuid:booking_id>/decide", sessions.decide, name="ops-decide"),
    path("ops/cancellers", sessions.frequent_cancellers, name="ops-cancellers"),
    path("mail", inbox.inbox, name="inbox"),
    path("mail/<uuid:mail_id>", inbox.inbox_mail, name="inbox-mail"),
    path("mail/<uuid:mail_id>/html", inbox.inbox_html, name="inbox-html"),
    path("mail/<uuid:mail_id>/invite.ics", inbox.inbox_invite, name="inbox-invite"),
]
