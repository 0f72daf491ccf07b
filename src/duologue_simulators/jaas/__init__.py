"""8x8's JaaS, where only signed tokens open rooms, and its webhooks: `duologue simulate jaas`."""
