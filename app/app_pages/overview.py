"""Overview: what the chosen checkpoint is."""

from app.components import page_header
from app.session import current_checkpoint

checkpoint = current_checkpoint()
page_header(
    "What is this model?",
    f"A HimNet for {checkpoint.arrays.dataset.num_nodes:,} sensors of "
    f"{checkpoint.arrays.dataset.name}.",
)
