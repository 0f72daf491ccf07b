"""Daily's rooms, tokens, pages and webhooks as a small server with state: `duologue simulate daily`."""
