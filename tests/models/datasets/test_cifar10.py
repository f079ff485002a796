"""CIFAR-10 from a folder: one data set in every format, inexact records, and files that are damaged or hostile."""

import gzip
import hashlib
import io
import os
import pickle
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.datasets import cifar10, load
from tests.models.datasets import copies
from tests.models.datasets.copies import RECORDS, Bytes, archive, batches, pickled_in_2009, pickled_today

Writer = Callable[[Path], dict[str, Bytes]]

FORMATS: dict[str, Writer] = {
    "binary": copies.write_binary,
    "binary archive": copies.write_binary_archive,
    "Python archive": copies.write_python_archive,
    "Python folder": copies.write_python_folder,
    "sheets": copies.write_sheets,
}


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cifar10, "RECORDS", RECORDS)


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, batch in batches().items():
        monkeypatch.setitem(cifar10.OFFICIAL, name, hashlib.sha256(batch.tobytes()).hexdigest())


def test_the_pickle_of_2009_is_what_numpy_reads() -> None:
    batch = batches()["test_batch"]
    found = pickle.loads(pickled_in_2009(batch), encoding="bytes")
    np.testing.assert_array_equal(found[b"data"], batch[:, 1:])
    assert found[b"data"].dtype == np.uint8
    assert found[b"labels"] == batch[:, 0].tolist()


@pytest.mark.parametrize("write", FORMATS.values(), ids=FORMATS)
@pytest.mark.parametrize("folder", [".", "cifar10", "cifar-10-batches-bin", "cifar10/cifar-10-batches-py"])
def test_every_format_holds_the_same_data_set(tmp_path: Path, write: Writer, folder: str) -> None:
    records = write(tmp_path / folder)
    images = load("cifar10", tmp_path)
    train = np.concatenate([batch for name, batch in records.items() if name != "test_batch"])
    for pixels, labels, expected in (
        (images.train_images, images.train_labels, train),
        (images.test_images, images.test_labels, records["test_batch"]),
    ):
        np.testing.assert_array_equal(labels, expected[:, 0])
        red, green, blue = expected[:, 1:1025], expected[:, 1025:2049], expected[:, 2049:]
        np.testing.assert_array_equal(pixels, np.stack([red, green, blue], 1).reshape(-1, 3, 32, 32))
        assert pixels.flags.writeable
        assert pixels.flags.c_contiguous
    assert images.class_names[3] == "cat"
    assert (images.provenance.source, images.provenance.official) == ("folder", False)


def test_the_format_does_not_change_the_checksum(tmp_path: Path) -> None:
    for name, write in FORMATS.items():
        write(tmp_path / name)
    assert len({load("cifar10", tmp_path / name).provenance.checksum for name in FORMATS}) == 1


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize("write", FORMATS.values(), ids=FORMATS)
def test_the_published_records_are_official_in_any_format(tmp_path: Path, write: Writer) -> None:
    write(tmp_path)
    found = load("cifar10", tmp_path).provenance
    assert (found.official, found.dropped, found.note) == (True, 0, "")


@pytest.mark.usefixtures("published")
def test_one_changed_pixel_is_not_official(tmp_path: Path) -> None:
    copies.write_binary(tmp_path)
    path = tmp_path / "data_batch_3.bin"
    raw = bytearray(path.read_bytes())
    raw[1] ^= 1
    path.write_bytes(raw)
    found = load("cifar10", tmp_path).provenance
    assert (found.official, found.note) == (False, "the files do not have the official checksums")


@pytest.mark.parametrize("name", ["cifar-10-binary.tar.gz", "cifar-10-python.tar.gz"])
def test_a_published_archive_is_official(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    copies.write_binary_archive(tmp_path) if "binary" in name else copies.write_python_archive(tmp_path)
    assert not load("cifar10", tmp_path).provenance.official
    monkeypatch.setitem(cifar10.ARCHIVES, name, hashlib.sha256((tmp_path / name).read_bytes()).hexdigest())
    assert load("cifar10", tmp_path).provenance.official


LISTED = [("data_batch_1", 8), ("data_batch_4", 0), ("data_batch_4", 3), ("test_batch", 5)]


@pytest.mark.parametrize("write", FORMATS.values(), ids=FORMATS)
def test_records_listed_as_inexact_are_dropped_from_both_parts(tmp_path: Path, write: Writer) -> None:
    records = write(tmp_path)
    (tmp_path / "substituted.csv").write_text(copies.substituted(records, LISTED))
    images = load("cifar10", tmp_path)
    kept = {name: [record for record in range(RECORDS) if (name, record) not in LISTED] for name in records}
    train = np.concatenate([records[name][kept[name]] for name in records if name != "test_batch"])
    np.testing.assert_array_equal(images.train_images.reshape(-1, 3072), train[:, 1:])
    np.testing.assert_array_equal(images.train_labels, train[:, 0])
    np.testing.assert_array_equal(images.test_images.reshape(-1, 3072), records["test_batch"][kept["test_batch"], 1:])
    np.testing.assert_array_equal(images.test_labels, records["test_batch"][kept["test_batch"], 0])
    assert (images.provenance.official, images.provenance.dropped) == (False, 4)
    assert "the 4 records that substituted.csv lists as inexact were dropped" in images.provenance.note


@pytest.mark.usefixtures("published")
def test_nothing_is_dropped_from_the_published_files(tmp_path: Path) -> None:
    records = copies.write_binary(tmp_path)
    (tmp_path / "substituted.csv").write_text(copies.substituted(records, LISTED))
    found = load("cifar10", tmp_path)
    assert (found.provenance.official, found.provenance.dropped, len(found.test_images)) == (True, 0, RECORDS)


def malformed_lists() -> dict[str, str]:
    good = copies.substituted(batches(), LISTED)
    header, first = good.splitlines()[:2]
    label = int(first.split(",")[2])
    wrong = (label + 1) % 10
    return {
        "nothing": "",
        "no header": "\n".join(good.splitlines()[1:]),
        "other header": good.replace("record", "row"),
        "empty row": good + "\n",
        "too few columns": f"{header}\n{first.rpartition(',')[0]}\n",
        "too many columns": f"{header}\n{first},1\n",
        "unknown file": good.replace("data_batch_4.bin", "data_batch_6.bin"),
        "no .bin": good.replace("data_batch_4.bin", "data_batch_4"),
        "record too large": f"{header}\ndata_batch_1.bin,{RECORDS},{label},ship\n",
        "negative record": f"{header}\ndata_batch_1.bin,-1,{label},ship\n",
        "no number": f"{header}\ndata_batch_1.bin,8.0,{label},ship\n",
        "other label": f"{header}\ndata_batch_1.bin,8,{wrong},{cifar10.CLASS_NAMES[wrong]}\n",
        "other label, same class": f"{header}\ndata_batch_1.bin,8,{wrong},{cifar10.CLASS_NAMES[label]}\n",
        "other class": f"{header}\ndata_batch_1.bin,8,{label},{cifar10.CLASS_NAMES[wrong]}\n",
        "repeated": good + first + "\n",
        "huge field": f"{header}\n{'x' * 200_000}\n",
    }


@pytest.mark.parametrize("text", malformed_lists().values(), ids=malformed_lists())
def test_a_malformed_list_of_inexact_records_is_refused(tmp_path: Path, text: str) -> None:
    copies.write_binary(tmp_path)
    (tmp_path / "substituted.csv").write_text(text)
    with pytest.raises(ValueError, match=r"substituted\.csv must") as caught:
        load("cifar10", tmp_path)
    assert "\n" not in str(caught.value)


def test_a_list_in_another_encoding_is_refused(tmp_path: Path) -> None:
    copies.write_binary(tmp_path)
    (tmp_path / "substituted.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match=r"substituted\.csv must be comma-separated text"):
        load("cifar10", tmp_path)


def test_class_names_are_optional_but_must_be_the_usual_ones(tmp_path: Path) -> None:
    copies.write_binary(tmp_path)
    names = tmp_path / "batches.meta.txt"
    names.write_text("\n".join(cifar10.CLASS_NAMES) + "\n\n")
    load("cifar10", tmp_path)
    names.write_text("\n".join(sorted(cifar10.CLASS_NAMES, reverse=True)))
    with pytest.raises(ValueError, match=r"batches\.meta\.txt must name CIFAR-10's classes in order, airplane, auto"):
        load("cifar10", tmp_path)


@pytest.mark.parametrize("size", [0, 1, 27656, 24584, 27658, 30730])
def test_a_batch_of_another_size_is_refused(tmp_path: Path, size: int) -> None:
    copies.write_binary(tmp_path)
    path = tmp_path / "test_batch.bin"
    path.write_bytes((2 * path.read_bytes())[:size])
    with pytest.raises(ValueError, match=r"test_batch\.bin must have 27657 bytes \(9 records of 3073\), got"):
        load("cifar10", tmp_path)


def test_a_label_above_nine_is_refused(tmp_path: Path) -> None:
    copies.write_binary(tmp_path)
    path = tmp_path / "data_batch_2.bin"
    path.write_bytes(b"\x0a" + path.read_bytes()[1:])
    with pytest.raises(ValueError, match=r"must hold labels 0\.\.9, got 10 in data_batch_2"):
        load("cifar10", tmp_path)


def test_a_folder_with_some_of_the_files_says_what_it_lacks(tmp_path: Path) -> None:
    copies.write_binary(tmp_path / "cifar10")
    (tmp_path / "cifar10" / "data_batch_5.bin").unlink()
    (tmp_path / "cifar10" / "test_batch.bin").unlink()
    with pytest.raises(ValueError, match=r"/cifar10 lacks data_batch_5\.bin, test_batch\.bin$"):
        load("cifar10", tmp_path)


def test_a_folder_without_the_files_says_which_were_looked_for(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="data must hold") as caught:
        load("cifar10", tmp_path)
    for sought in ("data_batch_1.bin", "test_batch.bin", *cifar10.ARCHIVES, "labels.npz", "cifar-10-batches-bin"):
        assert sought in str(caught.value)


# Archives


def python_members(extra: dict[str, bytes]) -> dict[str, bytes]:
    return {f"cifar-10-batches-py/{name}": pickled_in_2009(batch) for name, batch in batches().items()} | extra


@pytest.mark.parametrize("keep", [0, 5, 0.5, -10])
def test_a_truncated_archive_is_refused(tmp_path: Path, keep: float) -> None:
    copies.write_binary_archive(tmp_path)
    path = tmp_path / "cifar-10-binary.tar.gz"
    raw = path.read_bytes()
    path.write_bytes(raw[: int(keep * len(raw)) if isinstance(keep, float) else keep])
    with pytest.raises(ValueError, match=r"cifar-10-binary\.tar\.gz must be"):
        load("cifar10", tmp_path)


def test_an_archive_whose_gzip_checksum_is_wrong_is_refused(tmp_path: Path) -> None:
    copies.write_binary_archive(tmp_path)
    path = tmp_path / "cifar-10-binary.tar.gz"
    raw = path.read_bytes()
    path.write_bytes(raw[:-8] + bytes(4) + raw[-4:])
    with pytest.raises(ValueError, match=r"cifar-10-binary\.tar\.gz must be an intact gzip file: CRC"):
        load("cifar10", tmp_path)


@pytest.mark.parametrize("raw", [b"<html>not found</html>", b"\x1f\x8b", gzip.compress(b"text")], ids=range(3))
def test_what_is_no_archive_is_refused(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "cifar-10-python.tar.gz").write_bytes(raw)
    with pytest.raises(ValueError, match=r"cifar-10-python\.tar\.gz must be"):
        load("cifar10", tmp_path)


def test_an_archive_that_lacks_a_batch_says_which(tmp_path: Path) -> None:
    members = python_members({})
    del members["cifar-10-batches-py/data_batch_4"]
    archive(tmp_path / "cifar-10-python.tar.gz", members)
    with pytest.raises(ValueError, match=r"must hold six batches, it lacks data_batch_4$"):
        load("cifar10", tmp_path)


def test_an_archive_that_holds_a_batch_twice_is_refused(tmp_path: Path) -> None:
    archive(tmp_path / "cifar-10-python.tar.gz", python_members({"other/test_batch": b""}))
    with pytest.raises(ValueError, match="must hold each batch once, in at most 55314 bytes, got other/test_batch"):
        load("cifar10", tmp_path)


def test_a_member_of_absurd_size_is_refused_unread(tmp_path: Path) -> None:
    archive(tmp_path / "cifar-10-python.tar.gz", {"test_batch": bytes(10**6)})
    with pytest.raises(ValueError, match="in at most 55314 bytes, got test_batch of 1000000 bytes"):
        load("cifar10", tmp_path)


def test_members_named_with_paths_outside_are_read_and_nothing_is_written(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    outside = {f"../../{name}": pickled_in_2009(batch) for name, batch in batches().items()}
    archive(folder / "cifar-10-python.tar.gz", outside | {"/tmp/../evil": b"", "../../evil": b""})
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert len(load("cifar10", folder).test_images) == RECORDS
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE])
def test_a_link_in_place_of_a_batch_is_not_followed(tmp_path: Path, kind: bytes) -> None:
    (tmp_path / "secret").write_bytes(pickled_in_2009(batches()["test_batch"]))
    path = tmp_path / "cifar-10-python.tar.gz"
    with tarfile.open(path, "w:gz") as file:
        for name, batch in batches().items():
            member = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            raw = b"" if name == "test_batch" else pickled_in_2009(batch)
            member.size = len(raw)
            if name == "test_batch":
                member.type, member.linkname = kind, str(tmp_path / "secret")
            file.addfile(member, io.BytesIO(raw))
    with pytest.raises(ValueError, match=r"it lacks test_batch$"):
        load("cifar10", tmp_path)


# Pickles


class Hostile:
    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.reduced = function, arguments

    def __reduce__(self) -> tuple[Any, ...]:
        return self.reduced


def with_batch(raw: bytes, folder: Path) -> None:
    copies.write_python_archive(folder, {"cifar-10-batches-py/data_batch_2": raw})


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("function", [os.system, eval, exec])
def test_a_pickle_that_runs_code_is_refused_and_not_run(
    tmp_path: Path, protocol: int, function: Callable[..., Any]
) -> None:
    marker = tmp_path / "run"
    command = f"touch {marker}" if function is os.system else f"__import__('pathlib').Path({str(marker)!r}).touch()"
    raw = pickle.dumps({"labels": [0] * RECORDS, "data": Hostile(function, command)}, protocol)
    with_batch(raw, tmp_path)
    with pytest.raises(
        ValueError, match=r"data_batch_2 in .* it cannot be read \(UnpicklingError: \w+\.\w+ is refused\)"
    ) as caught:
        load("cifar10", tmp_path)
    assert not marker.exists()
    assert "\n" not in str(caught.value)
    pickle.loads(raw)  # the pickle is what it claims: an ordinary reader runs it
    assert marker.exists()


@pytest.mark.parametrize(
    "name", ["numpy\nload", "numpy.core.multiarray\nfromfile", "numpy\nndarray.tofile", "builtins\ngetattr"]
)
def test_no_other_function_of_numpy_is_within_reach(tmp_path: Path, name: str) -> None:
    with_batch(f"c{name}\n.".encode(), tmp_path)
    with pytest.raises(ValueError, match=r"is refused\)"):
        load("cifar10", tmp_path)


def batch_of(data: Any, labels: list[Any]) -> bytes:
    return pickle.dumps({b"data": data, b"labels": labels}, 4)


ZEROS = np.zeros((RECORDS, 3072), np.uint8)
OLD = pickled_in_2009(np.zeros((RECORDS, 3073), np.uint8))

NO_BATCHES = {
    "nothing": b"",
    "a header": b"\x80",
    "text": b"garbage",
    "a stack of odds": b"\x80\x02}(U\x04data.",
    "a state for a type": b"\x80\x02cnumpy\ndtype\nb.",
    "an extension": b"\x80\x02}\x82\x01.",
    "a persistent name": b"\x80\x02Pname\n.",
    "a list": pickle.dumps([1, 2]),
    "an empty dictionary": pickle.dumps({}),
    "a list for an array": batch_of([], [0] * RECORDS),
    "a type for an array": b"\x80\x02}(U\x04datacnumpy\nndarray\nU\x06labels]u.",
    "an array without content": b"\x80\x02}(U\x04datacnumpy\nndarray\n)RU\x06labels](" + b"K\0" * RECORDS + b"eu.",
    "another type": batch_of(ZEROS.astype(np.int8), [0] * RECORDS),
    "objects": OLD.replace(b"u1", b"O8"),
    "fewer columns": batch_of(ZEROS[:, 1:], [0] * RECORDS),
    "another shape": batch_of(ZEROS.reshape(3072, RECORDS), [0] * RECORDS),
    "another order": batch_of(np.asfortranarray(ZEROS), [0] * RECORDS),
    "fewer bytes than its shape": OLD.replace(b"T\x00\x6c\0\0\0", b"T\xff\x6b\0\0"),
    "fewer labels": batch_of(ZEROS, [0] * (RECORDS - 1)),
    "a label of ten": batch_of(ZEROS, [10] * RECORDS),
    "a negative label": batch_of(ZEROS, [-1] * RECORDS),
    "a broken label": batch_of(ZEROS, [0.5] * RECORDS),
    "half a batch": OLD[: len(OLD) // 2],
    "fewer records": pickled_in_2009(np.zeros((RECORDS - 1, 3073), np.uint8)),
}


@pytest.mark.parametrize("raw", NO_BATCHES.values(), ids=NO_BATCHES)
def test_a_pickle_that_is_no_batch_is_refused(tmp_path: Path, raw: bytes) -> None:
    with_batch(raw, tmp_path)
    with pytest.raises(ValueError, match=r"data_batch_2 in .* must be a pickled batch of CIFAR-10: it"):
        load("cifar10", tmp_path)


def test_a_batch_pickled_today_is_read_too(tmp_path: Path) -> None:
    with_batch(pickled_today(batches()["data_batch_2"]), tmp_path)
    copies.write_binary(tmp_path / "binary")
    checksums = {load("cifar10", folder).provenance.checksum for folder in (tmp_path, tmp_path / "binary")}
    assert len(checksums) == 1


# Sheets


@pytest.mark.parametrize("size", [(95, 96), (96, 64), (3200, 3200)])
def test_a_sheet_of_another_size_is_refused(tmp_path: Path, size: tuple[int, int]) -> None:
    copies.write_sheets(tmp_path)
    copies.Image.new("RGB", size).save(tmp_path / "data_batch_3.webp", lossless=True)
    wanted = r"data_batch_3\.webp must be a WebP sheet of 3 x 3 images of 32 x 32 pixels: it is WEBP of"
    with pytest.raises(ValueError, match=wanted):
        load("cifar10", tmp_path)


def test_a_sheet_of_absurd_size_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copies.write_sheets(tmp_path)
    monkeypatch.setattr(copies.Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(ValueError, match=r"data_batch_1\.webp must be a WebP sheet .*: Image size \(9216 pixels\)"):
        load("cifar10", tmp_path)


@pytest.mark.parametrize("how", ["text", "truncated", "empty", "PNG"])
def test_what_is_no_whole_sheet_is_refused(tmp_path: Path, how: str) -> None:
    copies.write_sheets(tmp_path)
    path = tmp_path / "data_batch_3.webp"
    with copies.Image.open(path) as sheet:
        png = io.BytesIO()
        sheet.save(png, "PNG")
    raw = path.read_bytes()
    path.write_bytes({"text": b"text", "truncated": raw[:-50], "empty": b"", "PNG": png.getvalue()}[how])
    with pytest.raises(ValueError, match=r"data_batch_3\.webp must be a WebP sheet of 3 x 3 images"):
        load("cifar10", tmp_path)


@pytest.mark.parametrize(
    "labels",
    [
        {name: np.zeros(RECORDS, np.uint8) for name in list(cifar10.OFFICIAL)[1:]},
        {name: np.zeros(RECORDS, np.int64) for name in cifar10.OFFICIAL},
        {name: np.zeros(RECORDS - 1, np.uint8) for name in cifar10.OFFICIAL},
        {name: np.zeros(RECORDS, object) for name in cifar10.OFFICIAL},
        {name: np.full(RECORDS, 10, np.uint8) for name in cifar10.OFFICIAL},
    ],
    ids=["a batch missing", "other type", "other length", "objects", "label 10"],
)
def test_labels_that_do_not_fit_the_sheets_are_refused(tmp_path: Path, labels: dict[str, Any]) -> None:
    copies.write_sheets(tmp_path)
    np.savez(tmp_path / "labels.npz", **labels)
    with pytest.raises(ValueError, match=r"must hold .*labels"):
        load("cifar10", tmp_path)


def test_labels_that_are_no_archive_are_refused(tmp_path: Path) -> None:
    copies.write_sheets(tmp_path)
    array = io.BytesIO()
    np.save(array, np.zeros(RECORDS, np.uint8))
    for raw in (b"", b"PK\x03\x04", b"text", array.getvalue()):
        (tmp_path / "labels.npz").write_bytes(raw)
        with pytest.raises(ValueError, match=r"labels\.npz must hold the labels of six batches as arrays"):
            load("cifar10", tmp_path)


def test_sheets_without_pillow_say_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copies.write_sheets(tmp_path)
    monkeypatch.setitem(sys.modules, "PIL.Image", None)
    with pytest.raises(ValueError, match=r"reading WebP sheets needs PIL\.Image, which is not installed"):
        load("cifar10", tmp_path)
