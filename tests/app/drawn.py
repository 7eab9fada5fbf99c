"""What pages have drawn, read back as numbers: charts, maps and files."""

import base64
import json
import re

import numpy as np

_KEY = re.compile(r"\$\$ID-[0-9a-f]+-(.*?)(-\d+)?")  # a linked chart has a version at its end
_CITY = re.compile(r"(?m)^\s*drawCity\(\w+, (\{.*\})\);$")


def charts(app) -> dict[str, dict]:
    """Return the Plotly figures of a page by the keys of their elements."""
    return {
        _KEY.fullmatch(element.proto.id)[1]: json.loads(element.proto.spec)
        for element in app.get("plotly_chart")
    }


def numbers(value) -> np.ndarray:
    """Return an array of a figure, which Plotly packs in base64 where it can."""
    if not isinstance(value, dict):
        return np.array(value, dtype=float)
    flat = np.frombuffer(base64.b64decode(value["bdata"]), dtype=value["dtype"])
    shape = [int(side) for side in str(value.get("shape", len(flat))).split(",")]
    return flat.reshape(shape)


def heatmaps(figure) -> list[np.ndarray]:
    """Return the cells of the heatmaps of a figure, from left to right."""
    return [numbers(trace["z"]) for trace in figure["data"] if trace["type"] == "heatmap"]


def curves(figure) -> dict[str, np.ndarray]:
    """Return the lines of a figure that have a place in its legend, by name."""
    return {
        trace["name"]: numbers(trace["y"])
        for trace in figure["data"]
        if trace["type"] == "scatter" and trace.get("showlegend", True)
    }


def points(figure) -> np.ndarray:
    """Return the points (n, 2) of a projection."""
    trace = figure["data"][-1]
    return np.column_stack([numbers(trace["x"]), numbers(trace["y"])])


def clusters(figure) -> dict[str, int]:
    """Return the cluster of each sensor of the scatter."""
    return {about[0]: about[2] for about in figure["data"][0]["customdata"]}


def colours(figure) -> dict[str, str]:
    """Return the colour of each sensor of the scatter."""
    trace = figure["data"][0]
    return dict(
        zip([about[0] for about in trace["customdata"]], trace["marker"]["color"], strict=True)
    )


def map_script(app) -> str:
    """Return the script that draws the map of a page."""
    (element,) = app.get("component_instance")
    return json.loads(element.proto.json_args)["script"]


def city(script: str) -> dict:
    """Return the data of the city that a map's script draws."""
    return json.loads(_CITY.search(script)[1])


def circles(script: str) -> dict[str, dict]:
    """Return the sensors that a map's script draws by name: coordinates and paint."""
    drawn = city(script)["sensors"]
    return {dict(one["told"])["sensor"]: {"at": one["place"], **one["paint"]} for one in drawn}
