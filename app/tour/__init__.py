"""The tour for a class: nine steps, each with a chart, a question and an answer."""
