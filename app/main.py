"""Entry point of the explorer: ``streamlit run app/main.py``."""

import sys
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:  # streamlit adds app/, but imports start at its parent
    sys.path.insert(0, str(ROOT))

from app.choices.address import one_entry_a_page  # noqa: E402
from app.choices.chosen import accept, begin, enter, missing, shown_value  # noqa: E402
from app.frame import begin_frame, draw_frame, name_tab  # noqa: E402
from app.libraries import wait_for_libraries, warm_up  # noqa: E402
from app.messages import said, show_told, shown_as_message  # noqa: E402
from app.network import look_up_no_address  # noqa: E402
from app.pages import FIRST, SECTIONS, TOUR, PageInfo  # noqa: E402
from app.session.opened import CHOICE, current_checkpoint  # noqa: E402
from app.sidebar import draw_sidebar  # noqa: E402
from app.views.components import page_style  # noqa: E402
from app.views.contrast import readable_texts  # noqa: E402
from himnet import texts  # noqa: E402
from himnet.data.registry import credit_of  # noqa: E402


def menu() -> dict[str, list[StreamlitPage]]:
    """Return the pages as Streamlit's menu shows them."""
    first = [_page(FIRST, default=True), _page(TOUR)]
    return {"": first} | {name: [_page(one) for one in pages] for name, pages in SECTIONS.items()}


def _page(info: PageInfo, *, default: bool = False) -> StreamlitPage:
    icon = f":material/{info.icon}:"
    return st.Page(f"app_pages/{info.file}.py", title=info.title, icon=icon, default=default)


def _draw(page: StreamlitPage) -> None:
    """Draw a page below its messages; the sidebar is drawn even if the page fails."""
    with shown_as_message():
        page_style()
        draw_frame()
        readable_texts()
        draw_sidebar()
        with st.sidebar:
            one_entry_a_page()
    above = st.container()
    with above:
        show_told()
    try:
        with shown_as_message():
            if page.url_path:  # the first page needs no libraries and is shown at once
                wait_for_libraries()
            page.run()
            _draw_credit()
    finally:  # a page may stop if something is missing
        with above:
            _say_missing()


def _draw_credit() -> None:
    """Name below the page whose data the model was trained on, if that is known."""
    if shown_value(CHOICE) is not None and (told := credit_of(current_checkpoint().arrays.dataset)):
        st.caption(f"Data: {texts.markdown(told)}")


def _say_missing() -> None:
    """Show one message about choices that are not available, and a button to drop them."""
    told = missing()
    if told:
        st.warning("  \n".join(map(texts.markdown, told)), icon=":material/link_off:")
        st.button("Dismiss", key="missing-dismiss", type="tertiary", on_click=said(accept))


begin_frame()
look_up_no_address()
begin()
page = st.navigation(menu(), expanded=True)
name_tab(page.title)
enter(page.url_path)
_draw(page)
warm_up()
