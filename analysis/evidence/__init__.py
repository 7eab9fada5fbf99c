"""Statistics and the null models that they are compared with."""
