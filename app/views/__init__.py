"""Pieces that pages are made of: tables, charts of sensors, drawings."""
