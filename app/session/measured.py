"""When something was measured that a page shows, in words."""

from __future__ import annotations

import datetime as dt

from himnet.checkpoints.measured import Part


def when(part: Part) -> str:
    """Return when and by what a stored part was measured, as the end of a sentence."""
    return f"on {dt.datetime.fromisoformat(part.date):%-d %B %Y} by version {part.software}"


def just_now() -> str:
    """Return the same for what this explorer has measured now."""
    now = dt.datetime.now(dt.UTC)
    return f"at {now:%H:%M} UTC on {now:%-d %B %Y} by this explorer"
