"""st_mixed."""

from app.session import current_checkpoint

checkpoint = current_checkpoint()
