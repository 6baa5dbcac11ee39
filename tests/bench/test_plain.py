import torch

from ltlight.bench import plain
from ltlight.data.augment.fig7 import none


def test_the_plain_pipeline_sees_the_same_images(digit_sets):
    _, test = digit_sets
    images, labels = next(iter(plain.test_loader(test, 40, workers=0)))
    wanted = none(torch.from_numpy(test.images[:40]))
    torch.testing.assert_close(images, wanted, rtol=0, atol=1e-6)
    assert labels.tolist() == test.labels[:40].tolist()


def test_its_sampler_is_the_weighted_one(digit_sets):
    subset = digit_sets[0].subset(range(0, 400))
    torch.manual_seed(0)
    drawn = torch.cat([y for _, y in plain.train_loader(subset, True, 50, workers=0)])
    present = [c for c, n in enumerate(subset.class_counts) if n]
    assert len(drawn) == len(subset)
    share = torch.bincount(drawn, minlength=10)[present] / len(drawn)
    assert (share - 1 / len(present)).abs().max() < 0.1  # 400 draws: 4 standard deviations
