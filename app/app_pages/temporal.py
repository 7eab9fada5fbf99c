"""temporal."""

from app.session import current_checkpoint

checkpoint = current_checkpoint()
