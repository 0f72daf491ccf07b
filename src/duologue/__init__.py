"""Duologue: paid one-to-one sessions over video, on your own server."""

__version__ = "0.1.0"
