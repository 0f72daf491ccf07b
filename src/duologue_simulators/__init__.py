"""Vendors as small servers that behave as the real ones do, for development and tests alone."""
