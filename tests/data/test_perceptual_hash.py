"""Hashes against imagehash, pairs against every pair's distance."""

import imagehash
import numpy as np
import pytest
from PIL import Image

from ltlight.data.image_set import ImageSet
from ltlight.data.perceptual_hash import near_pairs, perceptual_hashes


def image_set(images: np.ndarray) -> ImageSet:
    return ImageSet(images, np.zeros(len(images), dtype=np.int64), ("a",))


def bits(hashes: np.ndarray) -> np.ndarray:
    return np.unpackbits(hashes.astype(">u8").view(np.uint8).reshape(-1, 8), axis=1)


def test_hashes_of_real_images_are_imagehashs(digit_sets):
    chosen = digit_sets[0].subset(np.arange(0, 1200, 12))
    pictures = [Image.fromarray(i.transpose(1, 2, 0)) for i in chosen.images]
    theirs = np.array([imagehash.phash(picture).hash.ravel() for picture in pictures])
    np.testing.assert_array_equal(bits(perceptual_hashes(chosen)), theirs)


def test_hashes_of_colours_are_imagehashs():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (50, 3, 32, 32), dtype=np.uint8)
    pictures = [Image.fromarray(i.transpose(1, 2, 0)) for i in images]
    theirs = np.array([imagehash.phash(picture).hash.ravel() for picture in pictures])
    np.testing.assert_array_equal(bits(perceptual_hashes(image_set(images))), theirs)


@pytest.mark.parametrize("side", [8, 28, 64, 75])
def test_the_hash_hardly_knows_an_images_size(digit_sets, side):
    chosen = digit_sets[0].subset(np.arange(40))
    sized = [
        np.asarray(Image.fromarray(i.transpose(1, 2, 0)).resize((side, side), Image.Resampling.BOX))
        for i in chosen.images
    ]
    other = image_set(np.stack(sized).transpose(0, 3, 1, 2))
    differing = (bits(perceptual_hashes(chosen)) != bits(perceptual_hashes(other))).sum(axis=1)
    assert np.median(differing) <= (8 if side < 32 else 2)


def test_chunks_change_nothing(digit_sets, monkeypatch):
    whole = perceptual_hashes(digit_sets[0])
    monkeypatch.setattr("ltlight.data.perceptual_hash.CHUNK", 24 * 32 * 32 * 7)
    np.testing.assert_array_equal(perceptual_hashes(digit_sets[0]), whole)


@pytest.mark.parametrize("within", [0, 1, 3, 6, 10])
def test_near_pairs_are_all_pairs_that_near(within):
    rng = np.random.default_rng(within)
    values = rng.integers(0, 2**63, 60, dtype=np.uint64)
    flipped = [values]
    for number in range(1, 12):  # copies with some of their bits turned
        masks = [
            np.bitwise_or.reduce(np.uint64(1) << rng.choice(64, number, replace=False).astype("u8"))
            for _ in range(10)
        ]
        flipped.append(values[:10] ^ np.array(masks))
    hashes = np.concatenate(flipped)
    theirs = {
        (i, j, int((bits(hashes[[i]]) != bits(hashes[[j]])).sum()))
        for i in range(len(hashes))
        for j in range(i + 1, len(hashes))
    }
    found = list(near_pairs(hashes, within))
    assert len(found) == len(set(found))
    assert set(found) == {pair for pair in theirs if pair[2] <= within}


def test_equal_hashes_are_each_paired_with_the_first():
    hashes = np.array([7, 5, 7, 7, 4], dtype=np.uint64)
    assert list(near_pairs(hashes, 0)) == [(0, 2, 0), (0, 3, 0)]
    assert sorted(near_pairs(hashes, 1)) == [(0, 1, 1), (0, 2, 0), (0, 3, 0), (1, 4, 1)]


def test_images_of_one_colour_are_alike_whatever_the_rounding():
    levels = np.array([1, 77, 130, 255], dtype=np.uint8)[:, None, None, None]
    images = np.broadcast_to(levels, (4, 3, 50, 50))
    assert len(set(perceptual_hashes(image_set(images)))) == 1
