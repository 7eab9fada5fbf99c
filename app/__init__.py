"""The explorer: Streamlit pages; widgets, layout, session state, and no mathematics."""
