"""Odd values for every field of a description and a track: some are allowed, none may do harm."""

import numpy as np

ANYTHING = (
    None, True, False, 0, 1, -1, 2, 7, 1.5, -0.0, 1e-320, 1e15, -1e15, 1e16, 1e308, 2**31, 2**39,
    2**63, 2**64, 10**400, float("nan"), float("inf"), "", " ", "0", "x" * 500, "x" * 501,
    "x" * 20_001, "\n", "\u202e", "\ud800", "{{7*7}}", "<b>", "all", [], {}, [1], ["a", "a"],
    {"a": 1}, [[[[[[[[1]]]]]]]],
)  # fmt: skip
MOMENTS = (
    None, "0001-01-01", "0001-01-01T00:00:00", "1600-02-29T23:59:59", "1677-01-01", "2300-01-01",
    "9998-12-30T23:00:00", "9998-12-31T23:59:59", "9999-01-01", "9999-12-31T23:59:59",
    "2024-02-30", "2024-W10-2", "20240301T0505", "2024-03-01T05:05:05.123456", "2024-01-01 07",
    "2024-01-01T00:00:00Z", "2024-01-01T00:00:00+05:30", "yesterday", "-2024-01-01",
)  # fmt: skip
COUNTS = (1, 2, 12, 287, 288, 2_000, 10**7, 28_800_000, 28_800_001, 2**39, 2**40, 10**30)
LINES = (
    "",
    " ",
    "é" * 500,
    "METRLA",
    "synthetic?num_nodes=9&days=9999999",
    "../..",
    "=1+1",
    "日本",
)
NUMBERS = (0, -0.0, 1e-15, 1e-16, 5e-324, -1, 1e6, 1e15, -1e15, 2e15, 10**15, 10**16, 10**400)
_ERRORS = (None, 0, 1e-9, 3, -1, 1e7, 1e100, 1e101, 10**100, 10**101, "3", [], True)
METRICS = (
    {},
    {"test": {}},
    {"test": {"all": {}}},
    {"test": {"windows": None, "all": {"mae": None, "rmse": None, "mape": None}}},
    {"test": {"windows": -1}},
    {"test": {"windows": 2**63}},
    {"test": {"windows": "many", "all": {}}},
    {"test": {"all": None}},
    {"test": []},
    {"test": {"³": {}, "٣": {"mae": 1}, "9" * 400: {"mae": 2}}},
    {"": {"all": {"mae": 1}}, "x" * 500: {}},
    *({"test": {"windows": 3, "all": {"mae": e, "mape": e}, "12": {"rmse": e}}} for e in _ERRORS),
)
TRAINING = (
    {},
    {"steps": True},
    {"steps": -1},
    {"steps": 2**63},
    {"steps": 2**64},
    {"steps": "many"},
    {"steps": None, "": None, " ": ""},
    {"x" * 500: "y" * 20_000},
    {"x" * 501: 1},
    {"a": {"b": {"c": {"d": {"e": {"f": {}}}}}}},
    {"a": {"b": {"c": {"d": [[[1]]]}}}},
    {str(number): number for number in range(10_000)},
    {str(number): number for number in range(10_001)},
    {"a": [1e308, 5e-324, -(2**64) + 1]},
)
FIELDS = {  # path in the description: values
    ("dataset", "name"): LINES,
    ("dataset", "unit"): LINES,
    ("dataset", "quantity"): LINES,
    ("dataset", "start"): MOMENTS,
    ("dataset", "num_steps"): COUNTS,
    ("dataset", "steps_per_day"): COUNTS,
    ("dataset", "first_weekday"): (None, *range(-1, 8), 2.0, True),
    ("dataset", "missing_value"): (None, *NUMBERS),
    ("dataset", "sha256"): (None, "0" * 64, "A" * 64, "0" * 63),
    ("scaler", "mean"): NUMBERS,
    ("scaler", "std"): NUMBERS,
    ("scaler",): ({}, {"mean": 1}, {"mean": 1, "std": 1, "more": 1}),
    ("training",): TRAINING,
    ("metrics",): METRICS,
    ("config", "ablate"): ("none", "E_t", "E_s", "E_st", "TMP", "SMP", "STMP", "none ", None),
    ("config", "in_steps"): (1, 2, 24, 10_000, 10_001),
    ("config", "out_steps"): (1, 3, 5, 24, 10_000, 10_001),
    ("config", "num_nodes"): (1, 2, 25, 100_000, 100_001),
    ("config", "hidden_dim"): (1, 4096, 10**9),
    ("config", "cheb_k"): (1, 3, 64),
    ("config", "num_layers"): (0, 2, 64),
}
MEASURED_FIELDS = {  # of a file with the parts metrics/test and errors
    **{("parts", "metrics/test", "value"): tuple(found.get("test", found) for found in METRICS)},
    **{
        ("parts", part, key): values
        for part in ("metrics/test", "errors")
        for key, values in (
            ("model", ("", "0" * 64, "0" * 63, "A" * 64)),
            ("data", LINES),
            ("software", LINES),
            ("command", LINES),
            ("rules", (0, 1, 2, 3, 10**6, 10**7, -1, 1.0, True)),
            ("date", MOMENTS),
        )
    },
    ("parts", "errors", "value"): TRAINING,
}
_LAST = 2**63 - 1
_HORIZONS = (
    [], [1], [1, 3, 6, 12], [12, 6, 3, 1], [1, 1, 1, 1], [1, 3, 6, 13], [0, 1, 2, 3],
    [1, 3, 6, 10**30], [1, 3, 6, True], [1.0, 3, 6, 12], "1361", {"1": 1}, None, 7,
)  # fmt: skip
TRACK_FIELDS = {
    ("checkpoint_sha256",): ("", "0" * 64, "x"),
    ("dataset",): LINES,
    ("start",): MOMENTS,
    ("step_minutes",): (5, 5.0, 5.0000001, 5.1, 1, 7, 1440, 1441, 1e-9, 5e-324, 0, -5, 10**400),
    ("horizons",): _HORIZONS,
}
TRACK_ARRAYS = {  # name: what is made of the array
    "steps": (
        lambda a: a * 0, lambda a: a[::-1].copy(), lambda a: a - 12, lambda a: a - a[0],
        lambda a: a + 28_800_000, lambda a: a * 2, lambda a: _LAST - np.arange(len(a))[::-1],
        lambda a: a.astype(np.int32), lambda a: a.astype(float), lambda a: a[:-1], lambda a: a + 1,
    ),
    "tod_index": (
        lambda a: a * 0, lambda a: a - 12, lambda a: a + 1, lambda a: a * 0 + 288,
        lambda a: a * 0 - _LAST, lambda a: a[::-1].copy(), lambda a: a.astype(np.int32),
        lambda a: a.astype(np.float16),
    ),
    "dow": (
        lambda a: a * 0, lambda a: a + 4, lambda a: a - 1, lambda a: a * 0 + 6,
        lambda a: a * 0 + 7, lambda a: a * 0 + _LAST, lambda a: a[:, None],
    ),
    "st_embedding": (
        lambda a: a * 0, lambda a: a * 0 + 1, lambda a: a * 0 + np.float16(65504),
        lambda a: a * 0 - np.float16(6e-8), lambda a: np.full_like(a, np.nan),
        lambda a: np.full_like(a, np.inf), lambda a: a[:, :-1], lambda a: a[..., :-1],
        lambda a: a.astype(np.float32), lambda a: a[:0], lambda a: a[..., None],
    ),
    "forecasts": (
        lambda a: a * 0, lambda a: a * 0 + np.float16(65504), lambda a: -abs(a),
        lambda a: np.full_like(a, np.nan), lambda a: np.full_like(a, -np.inf),
        lambda a: a[:, :-1], lambda a: a[:, ::-1].copy(), lambda a: a.astype(np.float64),
    ),
}  # fmt: skip
WEIGHTS = (  # what is made of a tensor of a model
    lambda a: a * 0,
    lambda a: a * 0 + np.float32(1e9),
    lambda a: a * 0 - np.float32(2e9),
    lambda a: a * np.float32(1e8),
    lambda a: a * 0 + np.float32(1e-45),
    lambda a: np.full_like(a, np.nan),
    lambda a: np.full_like(a, np.inf),
    lambda a: a.astype(np.float16),
    lambda a: a.astype(np.float64) * 1e300,
    lambda a: a.astype(np.float64),
    lambda a: a.astype(np.int64),
    lambda a: a[None],
    lambda a: a[:0],
    lambda a: np.ascontiguousarray(a.T),
)
