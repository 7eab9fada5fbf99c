"""A `.pt` archive that is damaged or made up is refused, or its numbers are the right ones."""

import collections
import random
import re
import struct
import zipfile

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from himnet.checkpoints.convert import read_state_dict
from himnet.checkpoints.pickles import load_pickle
from himnet.errors import CheckpointError
from tests.himnet.checkpoints.models import draw, refused, same, write_plain


@pytest.fixture
def plain(tmp_path):
    return write_plain(tmp_path / "x.pt")


def entries_of(path):
    with zipfile.ZipFile(path) as archive:
        return [(entry.filename, archive.read(entry)) for entry in archive.infolist()]


def rewrite(path, entries, **options):
    with zipfile.ZipFile(path, "w", **options) as archive:
        for name, content in entries:
            archive.writestr(name, content)


def first_byte(path, name):
    """Return where the bytes of an entry begin in the file."""
    with zipfile.ZipFile(path) as archive:
        start = archive.getinfo(name).header_offset
    raw = path.read_bytes()
    name_length, extra_length = struct.unpack("<HH", raw[start + 26 : start + 30])
    return start + 30 + name_length + extra_length


def overwrite(path, position, new):
    raw = bytearray(path.read_bytes())
    raw[position : position + len(new)] = new
    path.write_bytes(raw)


def test_every_flipped_bit_of_every_tensor_is_told_with_its_entry(plain):
    whole = plain.read_bytes()
    rng = np.random.default_rng(0)
    tensors = [(name, content) for name, content in entries_of(plain) if "/data/" in name]
    assert len(tensors) == len(draw())
    for name, content in tensors:
        position = first_byte(plain, name) + rng.integers(len(content))
        overwrite(plain, position, bytes([whole[position] ^ 1 << rng.integers(8)]))
        assert f"is damaged in its entry '{name}'" in refused(plain)
        plain.write_bytes(whole)


def test_an_altered_sum_is_told_as_well(plain):
    raw = plain.read_bytes()
    name = "x/data/3"
    place = raw.rindex(name.encode()) - 46 + 16  # of the CRC in the table of contents
    overwrite(plain, place, bytes([raw[place] ^ 1]))
    assert f"is damaged in its entry '{name}'" in refused(plain)


def test_an_archive_without_sums_says_how_to_save_it(tmp_path):
    torch.serialization.set_crc32_options(False)
    try:
        path = write_plain(tmp_path / "x.pt")
    finally:
        torch.serialization.set_crc32_options(True)
    assert "set_crc32_options(False)" in refused(path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", ["x/data/0", "x/DATA/0", "x/data.pkl", "x/Data.pkl"])
@pytest.mark.parametrize("first", [True, False])
def test_two_entries_of_one_name_are_refused(plain, name, first):
    """zipfile takes the last one and torch the first, and torch tells no upper from lower case."""
    entries = entries_of(plain)
    content = dict(entries)[name.lower()]
    second = (name, bytes(len(content)))
    rewrite(plain, [entries[0], second, *entries[1:]] if first else [*entries, second])
    assert "not a state dict written by torch.save" in refused(plain)


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "x/../../y", "../x/data/9", "y/data/0", "x//data/0", "x/./y", "x/"]
)
def test_names_that_lead_elsewhere_are_refused(plain, name):
    rewrite(plain, [*entries_of(plain), (name, b"1")])
    assert "is in another folder" in refused(plain)


@pytest.mark.parametrize("name", ["x/data.pkl", "x/data/0", "x/data/7"])
def test_what_is_checked_is_what_is_loaded_whatever_the_local_header_says(plain, name):
    """torch and zipfile disagree about an entry whose own header is not that of the table."""
    raw = plain.read_bytes()
    start = raw.index(name.encode()) - 30
    for offset in range(4, 30):
        overwrite(plain, start + offset, bytes([raw[start + offset] ^ 0x55]))
        assert weights_or_none(plain) in ("none", "plain")
        plain.write_bytes(raw)


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_tables_of_contents_one_is_checked_and_loaded(plain, tmp_path, order):
    zeros = {name: torch.zeros(array.shape) for name, array in draw().items()}
    torch.save(zeros, tmp_path / "zeros.pt")
    parts = [(tmp_path / "zeros.pt").read_bytes(), plain.read_bytes()]
    plain.write_bytes(b"".join(parts[::order]))
    assert weights_or_none(plain) in ("none", {1: "plain", -1: "zeros"}[order])


def weights_or_none(path):
    try:
        weights = read_state_dict(path)
    except CheckpointError:
        return "none"
    if not any(array.any() for array in weights.values()):
        return "zeros"
    return "plain" if same(weights, draw()) else "other"


def test_a_repacked_archive_is_read_and_an_odd_one_is_not(plain):
    entries = entries_of(plain)
    rewrite(plain, entries, compression=zipfile.ZIP_DEFLATED)
    assert same(read_state_dict(plain), draw())
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):  # they unpack without a limit on memory
        rewrite(plain, entries, compression=method)
        assert "has an unsupported compression" in refused(plain)


def test_an_encrypted_entry_is_refused(plain):
    raw = plain.read_bytes()
    place = raw.rindex(b"x/data/0") - 46 + 8  # its flags
    overwrite(plain, place, bytes([raw[place] | 1]))
    assert "is encrypted" in refused(plain)


def test_a_bomb_that_states_a_small_size_is_not_unpacked(plain):
    entries = [(name, content) for name, content in entries_of(plain) if name != "x/data/0"]
    rewrite(plain, [*entries, ("x/data/0", bytes(2**26))], compression=zipfile.ZIP_DEFLATED)
    place = plain.read_bytes().rindex(b"x/data/0") - 46 + 24  # its size when it is unpacked
    overwrite(plain, place, struct.pack("<I", 100))
    assert "is damaged in its entry 'x/data/0'" in refused(plain)


def test_a_table_of_contents_that_would_fill_the_memory_is_not_read(plain):
    entries = entries_of(plain)
    rewrite(plain, [*entries, *((f"x/data/{n:0>500}", b"") for n in range(10_000))])
    assert "a table of contents of 5." in refused(plain)


@pytest.mark.parametrize("value", [2.4e37, -3e30, 1.1e6])
@pytest.mark.parametrize("kind", ["pt", "safetensors"])
def test_values_that_no_trained_model_has_are_refused(tmp_path, kind, value):
    """A plain .safetensors has no sum; what damage does to the exponent shows all the same."""
    weights = draw()
    weights["out_proj.bias"][0] = value
    path = tmp_path / f"x.{kind}"
    if kind == "pt":
        torch.save({name: torch.tensor(array) for name, array in weights.items()}, path)
    else:
        save_file(weights, path)
    assert "tensor 'out_proj.bias'" in refused(path)


def test_an_intact_file_is_loaded_as_torch_loads_it(plain):
    ours, theirs = load_pickle(plain), torch.load(plain, weights_only=True)
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def alter(raw, draw_from):
    """Flip, overwrite, cut out, repeat or exchange some bytes, or one of a header's."""
    content, size = bytearray(raw), len(raw)
    first, second = (draw_from.randrange(size - 64) for _ in range(2))
    count = draw_from.randint(1, 64)
    kind = draw_from.choice(["flip", "overwrite", "cut", "repeat", "exchange", "header"])
    if kind == "flip":
        content[first] ^= 1 << draw_from.randrange(8)
    elif kind == "overwrite":
        content[first : first + count] = draw_from.randbytes(count)
    elif kind == "cut":
        del content[first : first + count]
    elif kind == "repeat":
        content[first:first] = content[second : second + count]
    elif kind == "exchange":
        content[first : first + count] = raw[second : second + count]
    else:
        headers = [match.start() for match in re.finditer(rb"PK[\1\3\5\6][\2\4\6\7]", raw)]
        place = draw_from.choice(headers) + draw_from.randrange(4, 46)
        content[min(place, size - 1)] = draw_from.randrange(256)
    return bytes(content)


@pytest.mark.slow
def test_whatever_is_altered_is_refused_or_the_numbers_are_the_right_ones(plain):
    raw = plain.read_bytes()
    found = collections.Counter()
    for seed in range(300):
        plain.write_bytes(alter(raw, random.Random(seed)))
        found[weights_or_none(plain)] += 1
    assert set(found) == {"none", "plain"}
    assert found["none"] > 100


@pytest.mark.parametrize("method", ["items", "get", "keys"])
def test_values_where_a_mappings_methods_are_run_nothing_and_end_in_a_sentence(tmp_path, method):
    raw = f"ccollections\nOrderedDict\n)R}}X{chr(len(method))}\0\0\0{method}K\x01sb.".encode()
    path = tmp_path / "model.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02" + raw)
        archive.writestr("archive/version", b"3\n")
    with pytest.raises(CheckpointError):
        read_state_dict(path)
