"""From the files that people have to a data set's folder: `python -m himnet prepare`."""
