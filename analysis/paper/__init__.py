"""The paper's figures for print: matplotlib, vector, at column width, the same bytes every time."""
