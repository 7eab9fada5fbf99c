"""Entry point of the explorer: ``streamlit run app/main.py``."""

import sys
from pathlib import Path

import streamlit as st

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:  # streamlit puts app/ there, but rooms are imported from their parent
    sys.path.insert(0, str(ROOT))

from app.choices import carry_over, remember_settings  # noqa: E402
from app.messages import shown_as_message  # noqa: E402
from app.sidebar import draw_sidebar  # noqa: E402
from app.warmup import warm_up  # noqa: E402

PAGES = [
    st.Page("app_pages/overview.py", title="Overview", icon=":material/home:", default=True),
    st.Page("app_pages/explore.py", title="Explore", icon=":material/highlight_mouse_cursor:"),
    st.Page("app_pages/temporal.py", title="Temporal", icon=":material/schedule:"),
    st.Page("app_pages/spatial.py", title="Spatial", icon=":material/map:"),
    st.Page("app_pages/st_mixed.py", title="ST-mixed", icon=":material/blur_on:"),
    st.Page("app_pages/neighbours.py", title="Neighbours", icon=":material/hub:"),
    st.Page("app_pages/forecasts.py", title="Forecasts", icon=":material/trending_up:"),
    st.Page("app_pages/what_if.py", title="What if", icon=":material/swap_calls:"),
    st.Page("app_pages/compare.py", title="Compare", icon=":material/compare:"),
    st.Page("app_pages/claims.py", title="Claims", icon=":material/balance:"),
    st.Page("app_pages/figures.py", title="Figures", icon=":material/picture_as_pdf:"),
]

# browsers fetch an icon of Streamlit's own from a server of fonts; this one is here
ICON = str(ROOT / "app" / "static" / "icon.svg")
st.set_page_config(page_title="HimNet Explorer", page_icon=ICON, layout="wide")
page = st.navigation(PAGES)
carry_over(page.url_path)
with shown_as_message():
    draw_sidebar()
    page.run()
    remember_settings()
warm_up()
