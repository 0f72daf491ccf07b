"""Microsoft's OAuth and the online meetings of Graph as a small server: `duologue simulate microsoft`."""
