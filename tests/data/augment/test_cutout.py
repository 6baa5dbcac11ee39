import pytest
import torch

from ltlight.data.augment.cutout import cutout


def test_a_square_is_blanked_and_nothing_else():
    images = torch.rand(400, 3, 32, 32) + 1
    out = cutout(images, 0.5, torch.Generator().manual_seed(0))
    blank = (out == 0).all(1)
    assert torch.equal(out[~(out == 0)], images[~(out == 0)])
    assert torch.equal(blank, (out == 0).any(1))
    area = blank.sum((1, 2))
    assert area.max() == 256  # 16 x 16, less where it sticks out
    for square in blank[:50]:
        rows, columns = square.any(1).nonzero(), square.any(0).nonzero()
        assert square[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1].all()
    # A side keeps 16 - E[clipped] pixels: centres 0…31, clipped by up to 8 on either side.
    kept = torch.tensor([min(32, c + 8) - max(0, c - 8) for c in range(32)]).float().mean()
    assert abs(area.float().mean() - kept**2) < 12  # 400 draws: 4 deviations


@pytest.mark.parametrize(("share", "side"), [(0.25, 8), (0.5, 16)])
def test_the_authors_sides_for_cifar_100_and_10(share, side):
    blank = (cutout(torch.ones(200, 3, 32, 32), share, torch.Generator().manual_seed(0)) == 0)[:, 0]
    assert blank.sum((1, 2)).max() == side**2
