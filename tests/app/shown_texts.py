"""A page that puts every hostile text into every medium that the app uses; see its test."""

import plotly.graph_objects as go
import streamlit as st

from analysis.figures.page import page_of
from himnet import texts
from tests.hostile import TEXTS

st.title("Texts")
for name, text in TEXTS.items():
    told = texts.markdown(text)
    with st.container(key=f"case-{name}"):
        st.markdown(told)
        st.markdown(f"before **{told}** after")
        st.caption(told)
        st.error(told, icon=":material/error:")
        st.metric(told, told, help=told)
        st.button(told, key=f"button-{name}")
        st.segmented_control("Pick", [text], format_func=texts.markdown, key=f"pick-{name}")
        st.expander(told)
        st.html(f'<p title="{texts.html(text)}">{texts.html(text)}</p>')
        st.markdown(f"<table><tr><td>{texts.html(text)}</td></tr></table>", unsafe_allow_html=True)

shown = texts.plotlies(TEXTS.values())
figure = go.Figure(
    go.Bar(
        x=shown, y=list(range(1, len(shown) + 1)), name="bars", customdata=shown,
        hovertemplate="%{customdata} / %{x}<extra>" + shown[0] + "</extra>",
    )
)  # fmt: skip
for text in shown:
    figure.add_scatter(x=[shown[0]], y=[0], name=text, showlegend=True)
figure.update_layout(
    title=shown[1], height=1000, legend={"title": shown[3]}, margin={"b": 400, "l": 300},
    xaxis={"title": shown[2], "tickangle": 0, "tickvals": list(range(len(shown))),
           "ticktext": shown},
    annotations=[{"text": text, "x": 0, "y": 14 - place, "showarrow": False, "xanchor": "left"}
                 for place, text in enumerate(shown)],
)  # fmt: skip
st.plotly_chart(figure, key="chart")
st.download_button("Page", page_of(figure), file_name="page.html")
