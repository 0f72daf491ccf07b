"""A believable world to look around in, loaded on demand."""

from duologue.config.demo.world import load

__all__ = ["load"]
