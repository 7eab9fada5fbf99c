"""Sensor tables."""

import pytest

from himnet.data.info import Sensors
from himnet.data.sensors import METRLA_SENSORS, read_sensors
from himnet.errors import DataError
from tests.himnet.data.folders import write_sensors

ROADS = "id,latitude,longitude,freeway,direction"


def test_a_table_with_roads(tmp_path):
    path = write_sensors(tmp_path, "a, 1.5, 2.5, A-1, N", "b,-1,179,A-1,S", header=ROADS)
    sensors = read_sensors(path)
    assert sensors.ids == ("a", "b")
    assert sensors.latitude.tolist() == [1.5, -1.0]
    assert sensors.longitude.tolist() == [2.5, 179.0]
    assert sensors.roads == ("A-1 N", "A-1 S")


def test_roads_may_be_left_out_and_more_columns_be_there(tmp_path):
    path = write_sensors(tmp_path, "x,5,2,1", header="name , longitude,latitude ,id")
    sensors = read_sensors(path)
    assert sensors.ids == ("1",)
    assert (sensors.latitude[0], sensors.longitude[0]) == (2.0, 5.0)
    assert sensors.roads is None
    assert sensors.labels == sensors.name == ("x",)


def test_a_label_is_name_and_road_as_far_as_they_are_known(tmp_path):
    path = write_sensors(tmp_path, "a,1,2,A-1,N,Mill", "b,1,2,,,", header=f"{ROADS},name")
    sensors = read_sensors(path)
    assert sensors.name == ("Mill", "")
    assert sensors.labels == ("Mill, A-1 N", "")
    assert Sensors.from_dict(sensors.to_dict()) == sensors
    assert Sensors.numbered(2).labels == ("", "")


def test_spreadsheets_write_a_mark_quotes_and_empty_lines(tmp_path):
    path = tmp_path / "sensors.csv"
    path.write_bytes('\ufeffid,latitude,longitude\r\n"a,1",1,2\r\n\r\nb,3,4\r\n'.encode())
    assert read_sensors(path).ids == ("a,1", "b")


@pytest.mark.parametrize(
    "text",
    [
        "sensor_id,Latitude,Lng\na,1.5,2.5\nb,-3,4\n",
        "ID;lat;lon\na;1,5;2,5\nb;-3;4\n",
        ",station,LAT,LONG\n0,a,1.5,2.5\n1,b,-3,4\n",
        "detector id\tX\tY\na\t2.5\t1.5\nb\t4\t-3\n",
        "Zählstelle;Breitengrad (WGS84);Längengrad (WGS84)\na;1,5;2,5\nb;-3;4\n",
        "stop_lat,stop_lon,id\n1.5,2.5,a\n-3,4,b\n",
        "lat|lng|name|node_id|\n1.5|2.5|Main St|a|\n-3|4|High St|b|\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_columns_may_have_other_names_and_separators(tmp_path, text, encoding):
    path = tmp_path / "stations.txt"
    path.write_bytes(text.replace("\n", "\r\n").encode(encoding))
    sensors = read_sensors(path)
    assert sensors.ids == ("a", "b")
    assert sensors.latitude.tolist() == [1.5, -3.0]
    assert sensors.longitude.tolist() == [2.5, 4.0]


def test_a_table_of_ids_alone_gives_no_places(tmp_path):
    sensors = read_sensors(
        write_sensors(tmp_path, "a,A-1,N", "b,A-1,S", header="id,freeway,direction")
    )
    assert sensors.ids == ("a", "b")
    assert not sensors.has_coordinates
    assert sensors.has_roads


def test_the_table_of_metr_la_has_lanes_too():
    header = METRLA_SENSORS.read_text(encoding="utf-8").splitlines()[0]
    assert header == f"{ROADS},lanes"


@pytest.mark.parametrize(
    ("header", "rows", "said"),
    [
        ("id,latitude", ["a,1"], "has no column 'longitude' .it has: id, latitude.; rename"),
        (
            "where,latitude,longitude",
            ["a,1,2"],
            "has no column 'id'.*it has: where, latitude, long",
        ),
        ("id,north,east", ["a,1,2"], "has no column 'latitude'.*it has: id, north, east"),
        ("id,latitude,longitude", [], "has no rows"),
        ("id,latitude,longitude", ["a,1"], "line 2 of .* has 2 columns, .* names 3"),
        ("id,latitude,longitude", ["a,1,2,3"], "line 2 of .* has 4 columns"),
        ("id,latitude,longitude", ["a,1,2", ",3,4"], "line 3 of .* has no id"),
        ("id,latitude,longitude", ["a,1,2", "a,3,4"], "in the sensor table .*must be unique"),
        ("id,latitude,longitude", ["a,north,2"], "the latitude of sensor a .* is 'north'"),
        ("id,latitude,longitude", ["a,,2"], "the latitude of sensor a .* is ''"),
        ("id,latitude,longitude", ["a,118,34"], "latitude 118.0; .* from -90 .*exchanged"),
        ("id,latitude,longitude", ["a,1,nan"], "longitude nan"),
    ],
)
def test_bad_tables_are_refused(tmp_path, header, rows, said):
    path = write_sensors(tmp_path, *rows, header=header)
    with pytest.raises(DataError, match=said):
        read_sensors(path)


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe\x00id", b"id,latitude,longitude\n\0\0\n", b"\0"]
)
def test_what_is_no_table_is_refused(tmp_path, content):
    path = tmp_path / "sensors.csv"
    path.write_bytes(content)
    with pytest.raises(DataError, match="the sensor table"):
        read_sensors(path)


def test_a_missing_table_is_refused(tmp_path):
    with pytest.raises(DataError, match="cannot be read"):
        read_sensors(tmp_path / "nothing.csv")
