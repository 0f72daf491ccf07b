"""A Jitsi server whose rooms open by token, by sign-in or to anybody: `duologue simulate jitsi`."""
