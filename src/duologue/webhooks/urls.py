"""Where do others' machines tell us what happened? Each answers without a session, language or page."""

from django.urls import path

from duologue.webhooks.stripe import stripe_webhook
from duologue.webhooks.video import video_webhook

urlpatterns = [
    path("webhooks/stripe", stripe_webhook, name="stripe-webhook"),
    path("webhooks/<slug:slug>", video_webhook, name="video-webhook"),
]
