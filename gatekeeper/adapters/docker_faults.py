"""Whose doing it is that the engine says no, from its own words."""

from __future__ import annotations

from docker.errors import APIError

from gatekeeper.model import Fault

_OF_THE_MACHINE = ("address pool", "no space left", "range of cpus", "kernel does not support",
                   "cannot allocate memory", "too many open files", "select device driver",
                   "nvidia-container-cli")
"""What an engine says, also with a 4xx, when it or its machine has not got what was asked for."""


def words_of(error: APIError) -> str:
    """What the engine says, on one line."""
    return " ".join((error.explanation or str(error)).split())


_LOOKS = (
    ("executable file not found", "ENTRYPOINT and CMD of the image"),
    ("no such file or directory", "ENTRYPOINT and CMD of the image"),
    ("permission denied", "ENTRYPOINT and CMD of the image, and whether the file may be run"),
    ("no command specified", "ENTRYPOINT and CMD of the image"),
    ("unable to find user", "USER in the Dockerfile"),
    ("address pool", "`docker network ls`: too many networks are left"),
    ("no space left", "`docker system df`"),
    ("select device driver", "NVIDIA's container toolkit on the engine's machine"),
    ("nvidia-container-cli", "`nvidia-smi` on the engine's machine"),
)


def look_for(words: str) -> str:
    """What to look at next, for what an engine says; empty where that is not known."""
    low = words.lower()
    return next((f" → look at {look}" for told, look in _LOOKS if told in low), "")


def fault_of(error: APIError) -> Fault:
    """A 4xx is about what was asked for; a 5xx about the engine, its registry or its network."""
    words = (error.explanation or str(error)).lower()
    if any(told in words for told in _OF_THE_MACHINE):
        return Fault.WORLD
    if any(told in words for told in ("denied", "not found", "manifest unknown", "no such file",
                                      "invalid reference", "unable to find user")):
        return Fault.CHANGE
    return Fault.CHANGE if error.is_client_error() else Fault.WORLD
