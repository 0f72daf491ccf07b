"""Whereby's meetings, rooms and webhooks as a small server with state: `duologue simulate whereby`."""
