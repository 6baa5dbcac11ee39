"""The archive path, with a small archive in CIFAR's own format made of real digits."""

import hashlib
import pickle
import tarfile
import threading
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
import torchvision
from PIL import Image

from ltlight.data.sources import cifar
from ltlight.data.sources.picture import Preprocessing
from ltlight.errors import UserError
from tests.parts import configured, train_and_test, tree_config


@pytest.fixture
def archive(tmp_path, digit_sets, monkeypatch):
    """cifar-100-python.tar.gz holding 50 digits; its checksums stand in for the published ones."""
    folder = tmp_path / "cifar-100-python"
    folder.mkdir()
    contents = {}
    for name, images in (("train", digit_sets[0]), ("test", digit_sets[1])):
        rows = images.images[:50].reshape(50, -1)
        entry = {"data": rows, "fine_labels": images.labels[:50].tolist()}
        contents[name] = pickle.dumps(entry)
    contents["meta"] = pickle.dumps({"fine_label_names": [f"class {c}" for c in range(10)]})
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    path = tmp_path / "copy" / "my-cifar.tar.gz"
    path.parent.mkdir()
    with tarfile.open(path, "w:gz") as packed:
        packed.add(folder, "cifar-100-python")

    def md5(content: bytes) -> str:
        return hashlib.md5(content, usedforsecurity=False).hexdigest()

    dataset = torchvision.datasets.CIFAR100
    monkeypatch.setattr(dataset, "tgz_md5", md5(path.read_bytes()))
    monkeypatch.setattr(dataset, "train_list", [["train", md5(contents["train"])]])
    monkeypatch.setattr(dataset, "test_list", [["test", md5(contents["test"])]])
    monkeypatch.setattr(dataset, "meta", {**dataset.meta, "md5": md5(contents["meta"])})
    # Nothing in a test may reach the real host.
    monkeypatch.setattr(dataset, "url", (tmp_path / "not there.tar.gz").as_uri())
    return path


@pytest.fixture
def mirror(archive):
    """Another URL: the archive's folder, served on this machine."""
    handler = partial(SimpleHTTPRequestHandler, directory=archive.parent)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/{archive.name}"
        server.shutdown()


@pytest.mark.parametrize("form", ["path", "url"])
def test_local_archive_or_another_url(archive, mirror, tmp_path, digit_sets, form):
    named = str(archive) if form == "path" else mirror
    (train, test), names = cifar.read("cifar100", tmp_path / "cache", named)
    np.testing.assert_array_equal(train[0], digit_sets[0].images[:50])
    np.testing.assert_array_equal(test[1], digit_sets[1].labels[:50])
    assert names[9] == "class 9"


def test_archive_put_into_the_cache_is_found(archive, tmp_path):
    (tmp_path / "cache").mkdir()
    archive.rename(tmp_path / "cache" / "cifar-100-python.tar.gz")
    (train, _), _ = cifar.read("cifar100", tmp_path / "cache", None)
    assert len(train[1]) == 50


def test_without_archive_and_network_the_way_out_is_named(archive, tmp_path):
    with pytest.raises(UserError, match=r"put it there.*data\.archive.*data\.root.*data=digits"):
        cifar.read("cifar100", tmp_path / "empty", None)


def test_other_checksum_is_refused(archive, tmp_path):
    archive.write_bytes(archive.read_bytes() + b"x")
    with pytest.raises(UserError, match="is not the published"):
        cifar.read("cifar100", tmp_path / "cache", str(archive))


def test_absent_archive_is_refused(archive, tmp_path):
    with pytest.raises(UserError, match="is not a file"):
        cifar.read("cifar100", tmp_path / "cache", str(tmp_path / "nothing.tar.gz"))


@pytest.mark.parametrize("size", [32, 16])
def test_the_source_reads_the_archive_at_the_configured_size(archive, tmp_path, digit_sets, size):
    data = tree_config(tmp_path / "cache", tmp_path, archive=str(archive), image_size=size)
    data.root = None
    train, test = train_and_test(cifar.cifar100(data))
    assert train.images.shape == test.images.shape == (50, 3, size, size)
    assert train.class_names == tuple(f"class {c}" for c in range(10))
    wanted = digit_sets[0].images[:50]
    if size == 32:
        np.testing.assert_array_equal(train.images, wanted)
    else:  # halved with antialiasing: means of blocks, but for the weights at their borders
        means = wanted.reshape(50, 3, 16, 2, 16, 2).mean((3, 5))
        assert np.abs(train.images - means).mean() < 6


def test_a_tree_may_stand_in_for_the_archive(tmp_path, digit_tree):
    train, test = train_and_test(cifar.cifar10(tree_config(tmp_path, digit_tree)))
    assert (len(train), len(test)) == (120, 60)


def test_real_cifar50(tmp_path, cifar50_root):
    """Decoded by several processes; the mean colour is that of all CIFAR-100 within 0.02."""
    train, test = train_and_test(cifar.cifar100(tree_config(tmp_path, cifar50_root)))
    assert train.class_counts.tolist() == [500] * 50
    assert test.class_counts.tolist() == [100] * 50
    assert (train.class_names[0], train.class_names[49]) == ("apple", "mountain")
    mean = (train.images / 255).mean(axis=(0, 2, 3))
    np.testing.assert_allclose(mean, [0.5071, 0.4865, 0.4409], atol=0.02)


def test_other_sizes_are_resized_as_configured_and_refused_beyond_memory(
    archive, tmp_path, digit_sets, monkeypatch
):
    data = replace(
        configured("data=cifar50").data, cache=str(tmp_path), archive=str(archive), image_size=20
    )
    train, _ = train_and_test(cifar.cifar100(data))
    picture = Image.fromarray(digit_sets[0].images[3].transpose(1, 2, 0))
    np.testing.assert_array_equal(train.images[3], Preprocessing(20).apply(picture))
    monkeypatch.setattr(cifar, "free_memory", lambda: 100 * 3 * 20 * 20 - 1)
    with pytest.raises(UserError, match=r"100 images of 20 x 20 pixels take 0\.1 MB of memory"):
        cifar.cifar100(data)
