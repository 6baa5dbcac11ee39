"""One picture of every format and mode, beside Pillow's own operations, NumPy and torchvision."""

import io
import os
import socket
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps, features
from torchvision.transforms import v2

from ltlight.data.sources.picture import FORMATS, SUFFIXES, Preprocessing, UnreadablePicture
from tests.parts import configured

SQUASH = Preprocessing(40)  # large enough for the photo to be decoded whole


@pytest.fixture
def photo(digit_sets) -> Image.Image:
    """Six real digits side by side, 96 x 64, with colours."""
    images = digit_sets[0].images[:600:100].transpose(0, 2, 3, 1)
    grey = np.vstack([np.hstack(images[:3]), np.hstack(images[3:])])
    ramp = np.linspace(0, 1, grey.shape[1])[None, :, None]
    return Image.fromarray((grey * [1, 0.7, 0.4] * ramp + 20 * ramp).astype(np.uint8))


def squashed(image: Image.Image, side: int = 40) -> np.ndarray:
    resized = image.convert("RGB").resize((side, side), Image.Resampling.BILINEAR)
    return np.asarray(resized).transpose(2, 0, 1)


def difference(first: np.ndarray, second: np.ndarray) -> float:
    return np.abs(first.astype(float) - second).max()


def saved(image: Image.Image, form: str, **options) -> io.BytesIO:
    file = io.BytesIO()
    image.save(file, form, **options)
    file.seek(0)
    return file


@pytest.mark.parametrize(
    ("suffix", "options"),
    [
        (".png", {}),
        (".bmp", {}),
        (".ppm", {}),
        (".tif", {}),
        (".tiff", {"compression": "tiff_lzw"}),
        (".webp", {"lossless": True}),
        (".gif", {}),
        (".jpg", {"quality": 95}),
        (".jfif", {"quality": 95, "format": "JPEG"}),
        (".avif", {"quality": 100, "subsampling": "4:4:4"}),
    ],
)
def test_every_format_is_read(tmp_path, photo, suffix, options):
    if suffix == ".avif" and not features.check("avif"):
        pytest.skip("this Pillow has no AVIF")
    assert suffix in SUFFIXES
    file = tmp_path / f"x{suffix}"
    photo.save(file, **options)
    pixels = SQUASH.read(file)
    assert pixels.shape == (3, 40, 40)
    assert pixels.dtype == np.uint8
    with Image.open(file) as image:
        assert image.format in FORMATS
        np.testing.assert_array_equal(pixels, squashed(image))
    assert difference(pixels, squashed(photo)) <= (
        0 if suffix not in (".gif", ".jpg", ".jfif", ".avif") else 16
    )


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "YCbCr", "RGB"])
def test_modes_without_transparency_are_as_pillow_converts_them(photo, mode):
    image = photo.convert(mode)
    np.testing.assert_array_equal(SQUASH.apply(image), squashed(image))


def test_of_several_frames_the_first_is_taken(photo):
    file = saved(
        photo.convert("P"), "GIF", save_all=True, append_images=[Image.new("P", photo.size)]
    )
    with Image.open(file) as image:
        assert image.n_frames == 2
    np.testing.assert_array_equal(SQUASH.read(file), squashed(photo.convert("P")))


GREY = {
    "16 bit": (np.uint16, 0, 65535, "PNG"),
    "16 bit, TIFF": (np.uint16, 0, 65535, "TIFF"),
    "16 bit, big-endian": (np.dtype(">u2"), 0, 65535, "TIFF"),
    "12 of 16 bit": (np.uint16, 100, 4095, "PNG"),
    "32 bit": (np.int32, -5, 70000, "TIFF"),
    "float 0-1": (np.float32, 0, 1, "TIFF"),
    "float": (np.float32, -3e5, 2e9, "TIFF"),
}


@pytest.mark.parametrize("case", GREY)
def test_grey_of_more_than_8_bits_is_scaled_by_its_own_range(case):
    kind, low, high, form = GREY[case]
    ramp = np.linspace(low, high, 64).astype(kind)[None].repeat(64, 0)
    pixels = Preprocessing(64).read(saved(Image.fromarray(ramp), form))
    expected = np.interp(ramp.astype(float), [low, high], [0, 255])
    assert difference(pixels, expected) <= 0.5 + 1e-6
    assert (pixels.min(), pixels.max()) == (0, 255)


@pytest.mark.parametrize("kind", [np.uint16, np.int32, np.float32])
def test_a_picture_of_one_value_is_black(kind):
    assert not SQUASH.apply(Image.fromarray(np.full((9, 9), 700, kind))).any()


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_refused(odd):
    values = np.ones((9, 9), np.float32)
    values[3, 4] = odd
    with pytest.raises(UnreadablePicture, match="not finite"):
        SQUASH.read(saved(Image.fromarray(values), "TIFF"))


@pytest.mark.parametrize("colour", ["white", "10,200,30", "#0a0b0c"])
@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA"])
def test_transparent_pixels_show_the_background(photo, mode, colour):
    alpha = Image.new("L", photo.size)
    ImageDraw.Draw(alpha).rectangle((10, 5, 70, 40), fill=180)
    grey = photo.convert({"LA": "L", "PA": "P"}.get(mode, "RGB"))
    image = grey.convert(mode)
    image.putalpha(alpha)
    rgb = {"white": (255,) * 3, "10,200,30": (10, 200, 30), "#0a0b0c": (10, 11, 12)}[colour]
    weight = np.asarray(alpha)[..., None] / 255
    laid = weight * np.asarray(grey.convert("RGB")) + (1 - weight) * rgb
    laid = np.rint(laid).astype(np.uint8)
    found = Preprocessing(40, background=colour).apply(image)
    assert difference(found, squashed(Image.fromarray(laid))) <= 1


@pytest.mark.parametrize(("mode", "key"), [("L", 0), ("RGB", (0, 0, 0)), ("P", 0)])
def test_a_transparent_colour_of_a_png_shows_the_background(mode, key):
    image = Image.new(mode, (40, 40))
    image.paste(7 if mode == "P" else (7, 7, 7) if mode == "RGB" else 7, (0, 0, 20, 40))
    pixels = SQUASH.read(saved(image, "PNG", transparency=key))
    assert (pixels[:, :, 20:] == 255).all()
    assert (pixels[:, :, :20] < 255).all()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(photo, orientation, form):
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = saved(photo, form, exif=exif)
    pixels = SQUASH.read(file)
    with Image.open(file) as image:
        upright = ImageOps.exif_transpose(image)
    np.testing.assert_array_equal(pixels, squashed(upright))
    assert (orientation == 1) == (difference(pixels, squashed(photo)) < 20)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_spoilt_exif_leaves_the_picture(photo):
    file = saved(photo, "PNG", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff")
    np.testing.assert_array_equal(SQUASH.read(file), squashed(photo))


@pytest.mark.parametrize("resize", ["squash", "crop", "pad"])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_jpegs_are_reduced_while_decoding_but_never_below_the_target(
    photo, resize, mode, monkeypatch
):
    large = photo.resize((960, 640), Image.Resampling.BICUBIC).convert(mode)
    file = saved(large, "JPEG", quality=95)
    sizes = []
    as_rgb = Preprocessing._as_rgb
    monkeypatch.setattr(
        Preprocessing, "_as_rgb", lambda self, i: sizes.append(i.size) or as_rgb(self, i)
    )
    preprocessing = Preprocessing(100, resize)
    drafted = preprocessing.read(file)
    [(width, height)] = sizes
    assert (width, height) == {"pad": (120, 80)}.get(resize, (240, 160))
    with Image.open(file) as image:
        whole = preprocessing.apply(image)
    assert np.abs(drafted.astype(float) - whole).mean() < 2


def test_crop_is_the_shorter_side_resized_and_the_centre(photo):
    theirs = v2.Compose([v2.Resize(24, antialias=True), v2.CenterCrop(24)])
    for image in (photo, photo.transpose(Image.Transpose.ROTATE_90)):
        found = Preprocessing(24, "crop").apply(image)
        assert difference(found, np.asarray(theirs(image)).transpose(2, 0, 1)) <= 1


def test_pad_is_the_longer_side_resized_and_background(photo):
    for image in (photo, photo.transpose(Image.Transpose.ROTATE_90)):
        found = Preprocessing(24, "pad", "1,2,3").apply(image)
        theirs = ImageOps.pad(image, (24, 24), Image.Resampling.BILINEAR, (1, 2, 3))
        np.testing.assert_array_equal(found, np.asarray(theirs).transpose(2, 0, 1))


@pytest.mark.parametrize("resize", ["squash", "crop", "pad"])
@pytest.mark.parametrize("size", [(1, 40_000), (40_000, 1), (1, 1)])
def test_strips_of_one_pixel_become_squares(resize, size):
    pixels = Preprocessing(32, resize, "black").apply(Image.new("RGB", size, "lime"))
    assert pixels.shape == (3, 32, 32)
    assert pixels[1].max() == 255


def test_pictures_above_the_bound_are_refused_before_they_are_decoded(tmp_path):
    header = struct.pack(">IIBBBBB", 60_000, 50_000, 8, 2, 0, 0, 0)  # no pixels follow it
    whole = saved(Image.new("RGB", (1, 1)), "PNG").getvalue()
    file = tmp_path / "large.png"
    chunk = b"IHDR" + header
    file.write_bytes(whole[:12] + chunk + struct.pack(">I", zlib.crc32(chunk)) + whole[33:])
    with pytest.raises(UnreadablePicture, match=r"60000 x 50000 pixels .*max_pixels=100000000"):
        SQUASH.read(file)
    with pytest.raises(UnreadablePicture, match=r"3 x 4 pixels are more than data\.max_pixels=11"):
        Preprocessing(8, max_pixels=11).read(saved(Image.new("RGB", (3, 4)), "PNG"))
    assert Preprocessing(8, max_pixels=12).read(saved(Image.new("RGB", (3, 4)), "PNG")).any() == 0


def test_the_bound_may_be_above_pillows_own(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    assert Preprocessing(8).read(saved(Image.new("L", (30, 30), 9), "PNG")).max() == 9
    assert Image.MAX_IMAGE_PIXELS == 10


def test_what_is_no_picture_is_one_exception(tmp_path, photo):
    truncated = tmp_path / "truncated.png"
    photo.save(truncated)
    truncated.write_bytes(truncated.read_bytes()[:-300])
    (tmp_path / "text.jpg").write_text("not a picture")
    (tmp_path / "empty.gif").touch()
    (tmp_path / "script.png").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    os.mkfifo(tmp_path / "fifo.png")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(os.path.relpath(tmp_path / "socket.png"))
    reasons = {
        "truncated.png": "truncated",
        "text.jpg": "cannot identify image file",
        "empty.gif": "cannot identify image file",
        "script.png": "cannot identify image file",  # not handed to Ghostscript
        "fifo.png": "is a FIFO",
        "socket.png": "is a socket",
        ".": "is a folder",
        "absent.png": "No such file",
    }
    for name, reason in reasons.items():
        with pytest.raises(UnreadablePicture, match=reason) as caught:
            SQUASH.read(tmp_path / name)
        assert str(tmp_path) not in str(caught.value)
    with pytest.raises(UnreadablePicture, match="is a device"):
        SQUASH.read("/dev/zero")
    listener.close()


def test_it_is_of_the_configuration():
    data = configured("data.image_size=12", "data.resize=pad", 'data.background="1,2,3"').data
    assert Preprocessing.of(data) == Preprocessing(12, "pad", "1,2,3", 100_000_000)
    assert Preprocessing.of(configured().data) == Preprocessing(32)


def test_another_thread_does_not_see_pillows_bound_removed_for_ever(photo):
    bound = Image.MAX_IMAGE_PIXELS
    data = saved(photo, "PNG").getvalue()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: SQUASH.read(io.BytesIO(data)), range(100)))
    assert bound == Image.MAX_IMAGE_PIXELS
