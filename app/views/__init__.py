"""Components of the pages: tables, charts of sensors, drawings."""
