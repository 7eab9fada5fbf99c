"""The tour for a class: eight steps, each with a chart, a question and an answer."""
