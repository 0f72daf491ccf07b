"""Stripe's Checkout, refunds and webhooks as a small server with state: `duologue simulate stripe`."""
