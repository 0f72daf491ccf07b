"""Google's OAuth, Meet and Calendar as a small server with state: `duologue simulate google`."""
