"""Zoom's OAuth, meetings and webhooks as a small server with state: `duologue simulate zoom`."""
