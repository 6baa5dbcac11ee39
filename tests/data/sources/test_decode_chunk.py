import subprocess
import sys
import warnings

import numpy as np
from PIL import Image

from ltlight.data.sources.decode_chunk import decode_chunk
from ltlight.data.sources.picture import Preprocessing


def test_files_go_into_their_rows_and_failures_are_told(tmp_path):
    target = tmp_path / "images.npy"
    np.save(target, np.full((5, 3, 8, 8), 200, np.uint8))
    files = [str(tmp_path / f"{n}.png") for n in range(3)]
    for n in (0, 2):
        Image.new("RGB", (8, 8), (n, 50 + n, 100 + n)).save(files[n])
    (tmp_path / "1.png").write_text("no")
    failures = decode_chunk((Preprocessing(8), str(target), 1, files))
    assert failures == [(2, "cannot identify image file")]
    images = np.load(target)
    assert images[:, :, 3, 4].tolist() == [
        [200] * 3,
        [0, 50, 100],
        [200] * 3,
        [2, 52, 102],
        [200] * 3,
    ]


def test_pillows_warnings_are_not_printed_by_every_process(tmp_path):
    np.save(tmp_path / "images.npy", np.zeros((1, 3, 8, 8), np.uint8))
    spoilt = b"Exif\x00\x00II*\x00\xff\xff\xff\xff"
    Image.new("RGB", (8, 8)).save(tmp_path / "x.png", exif=spoilt)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        chunk = (Preprocessing(8), str(tmp_path / "images.npy"), 0, [str(tmp_path / "x.png")])
        assert decode_chunk(chunk) == []


def test_a_process_waits_for_neither_torch_nor_hydra():
    code = "import sys, ltlight.data.sources.decode_chunk; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert not loaded & {"torch", "hydra", "omegaconf", "rich", "sklearn"}
