"""A selection as one text: restored exactly, or refused in a sentence, never another selection."""

import random
import re
import string

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.selection import in_order
from analysis.selection_link import decoded, encoded, fingerprint
from himnet.data.info import Sensors

SENSORS = Sensors(ids=tuple(f"S{number:04d}" for number in range(207)))
OTHERS = Sensors(ids=tuple(f"T{number:04d}" for number in range(207)))


def some(sensors, count, seed=0):
    return in_order(sensors, random.Random(seed).sample(sensors.ids, count))


@pytest.mark.parametrize("count", [0, 1, 2, 8, 100, 200, 206, 207])
def test_any_number_of_sensors_is_restored_exactly(count):
    chosen = some(SENSORS, count, seed=count)
    text = encoded(SENSORS, chosen)
    assert decoded(SENSORS, [text]) == chosen
    assert re.fullmatch(r"[\w.-]+", text, re.ASCII)  # no character that an address would escape
    assert len(text) < 60


@pytest.mark.parametrize("number", [1, 7, 8, 9, 16, 20_000])
def test_a_city_of_any_size_has_links(number):
    sensors = Sensors.numbered(number)
    for chosen in (sensors.ids, sensors.ids[:1], some(sensors, number // 2)):
        assert decoded(sensors, [encoded(sensors, chosen)]) == chosen


def test_texts_of_older_links_are_the_ids():
    assert decoded(SENSORS, ["S0001", "S0004"]) == ("S0001", "S0004")
    assert decoded(SENSORS, ["S0001", "nobody"]) == ("S0001", "nobody")  # which a page reports
    assert decoded(SENSORS, []) == ()


def test_an_id_is_never_taken_for_an_encoded_selection():
    odd = Sensors(ids=(encoded(SENSORS, SENSORS.ids[:3]), "set1.x", "c"))
    for name in odd.ids:
        assert decoded(odd, [name]) == (name,)


def test_a_selection_of_other_sensors_is_refused():
    text = encoded(OTHERS, OTHERS.ids[:5])
    assert fingerprint(OTHERS) != fingerprint(SENSORS)
    with pytest.raises(AnalysisError, match="belongs to other sensors, so nothing is selected"):
        decoded(SENSORS, [text])


def test_no_damaged_text_gives_another_selection():
    rng, chosen = random.Random(0), some(SENSORS, 100)
    text, letters = encoded(SENSORS, chosen), string.ascii_letters + string.digits + "-_.=%+ é"
    for _ in range(3_000):
        place, kind = rng.randrange(len(text)), rng.choice(("change", "cut", "insert", "double"))
        other = {
            "change": text[:place] + rng.choice(letters) + text[place + 1 :],
            "cut": text[:place],
            "insert": text[:place] + rng.choice(letters) + text[place:],
            "double": text + text[place:],
        }[kind]
        try:
            found = decoded(SENSORS, [other])
        except AnalysisError:
            continue
        # else it is the same selection, or an id that no sensor has
        assert found == chosen or not set(found) & set(SENSORS.ids)


@pytest.mark.parametrize("text", [
    "set1.", "set1..", "set1.AAAAAAAA.", "set1.AAAAAAAA.b", "set1.AAAAAAAA.zAAAA",
    "set1.AAAAAAAA.b" + "A" * 10**6, "set1." + "." * 1_000, "set1.\0.b\0", "set1.AAAAAAAA.bé",
])  # fmt: skip
def test_nonsense_and_texts_of_any_length_are_refused_in_one_sentence(text):
    with pytest.raises(AnalysisError, match="damaged or belongs to other sensors") as told:
        decoded(SENSORS, [text])
    assert len(str(told.value)) < 120


def test_a_text_that_would_unpack_to_gigabytes_is_not_unpacked():
    import base64
    import zlib

    bomb = base64.urlsafe_b64encode(zlib.compress(bytes(10**5), 9)).decode().rstrip("=")
    with pytest.raises(AnalysisError):
        decoded(SENSORS, [f"set1.AAAAAAAA.z{bomb}"])


def test_a_selection_of_neighbours_in_a_large_city_is_short():
    sensors = Sensors.numbered(20_000)
    text = encoded(sensors, np.array(sensors.ids)[4_000:9_000])
    assert len(text) < 100
