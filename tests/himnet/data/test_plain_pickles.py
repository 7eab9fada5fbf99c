"""Pickles are followed, never unpickled."""

import contextlib
import datetime as dt
import io
import os
import pickle
import pickletools
import sys

import pytest

from himnet.data.plain_pickles import MAX_BYTES, Unknown, plain_value

VALUES = [
    [(1, ["a", "b", "ü", "日"])],
    ["x"],
    [1, 2, -3, 400_001, 2**40],
    (1, 2, 3, 4),
    {"index": {"tz": "Asia/Shanghai", "index_name": None}},
    [True, False, 1.5, None],
    [],
    {},
    [[["deep"]]],
    ["same"] * 5,
    [f"sensor {number}" for number in range(3000)],
]


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_plain_values_are_read_of_any_protocol(value, protocol):
    assert plain_value(pickle.dumps(value, protocol)) == value


def test_texts_of_python_2_are_read():
    assert plain_value(b"(lp1\nS'400001'\np2\naVab\np3\na.") == ["400001", "ab"]
    assert plain_value(b"]U\x03abca.") == ["abc"]
    assert plain_value(b"S'\\x00\\xff'\n.") == "\x00\xff"


class Payload:
    """Runs code when it is unpickled."""

    ran = False

    def __reduce__(self):
        return setattr, (Payload, "ran", True)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_what_would_be_called_is_unknown_and_never_called(protocol):
    before = set(sys.modules)
    for evil in (Payload(), {"a": [Payload()]}, [dt.timedelta(1)], os.system, print):
        plain_value(pickle.dumps(evil, protocol))
    assert not Payload.ran
    assert plain_value(b"cnot_a_module\nfunction\n.").name == "not_a_module function"
    assert set(sys.modules) - before <= {"_compat_pickle"}


def test_only_our_functions_are_called():
    raw = pickle.dumps([dt.timedelta(3), dt.date(2020, 1, 1)], 4)
    found = plain_value(raw, {"datetime timedelta": lambda *parts: ("ours", parts)})
    assert found[0] == ("ours", (3, 0, 0))
    assert isinstance(found[1], Unknown)
    assert found[1].name == "datetime date"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b".",
        b"hello",
        b"]",
        b"a.",
        b"(.",
        b"]]R.",
        b"h\x07.",
        b"(i__main__\nX\n.",
        b"P1\n.",
        b"\x82\x01.",
        b"I" + b"9" * 10_000 + b"\n.",
        b"S'unfinished\n.",
        b"\x8a\xff.",
        b"(1e.",
        b"(]]]]u.",
        pickle.dumps(list(range(50)))[:-20],
    ],
)
def test_what_is_no_plain_pickle_ends_in_one_kind_of_error(raw):
    with contextlib.suppress(ValueError):
        plain_value(raw)


def test_sizes_are_limited():
    with pytest.raises(ValueError, match="a pickle of 4 MB"):
        plain_value(b"]" * (MAX_BYTES + 1))
    with pytest.raises(ValueError, match="instructions"):
        plain_value(b"0".join([b"]"] * 3_000_000), most=10**9)


def test_references_to_references_take_no_memory():
    """Each list holds the previous one ten times: a billion entries if it were walked."""
    bomb = io.BytesIO()
    bomb.write(b"]q\x00")
    for level in range(1, 60):
        bomb.write(b"](" + b"h" + bytes([level - 1]))
        bomb.write((b"h" + bytes([level - 1])) * 9 + b"eq" + bytes([level]))
    bomb.write(b".")
    raw = bomb.getvalue()
    assert len(list(pickletools.genops(raw))) < 2_000
    assert len(plain_value(raw)) == 10


def test_deep_pickles_do_not_exhaust_the_stack():
    depth = 200_000
    assert plain_value(b"(" * 3 + b"]" * 3 + b".") == []
    deep = plain_value(b"]" + b"\x85" * depth + b".")
    assert isinstance(deep, tuple)
    assert plain_value(b"}" + b")" + b"\x85" * depth + b"Ns.") == {}


def test_random_changes_never_end_in_another_error():
    raw = pickle.dumps({"a": [(1, ["x", "y"])], "b": {"tz": "UTC"}}, 2)
    for position in range(len(raw)):
        for sign in range(0, 256, 7):
            changed = raw[:position] + bytes([sign]) + raw[position + 1 :]
            try:
                plain_value(changed)
            except ValueError:
                continue
