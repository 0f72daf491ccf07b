"""Twilio Video's rooms and the check of its access tokens as a small server: `duologue simulate twilio`."""
