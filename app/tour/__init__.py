"""The tour for a class: eight steps, each with a view, a question and an answer."""
