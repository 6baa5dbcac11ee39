import numpy as np
import pytest
import torch
from sklearn.metrics import confusion_matrix, recall_score

from ltlight.data.augment.mixing import MixedLabels, stacked
from ltlight.metrics.epoch import LongTailMetrics, TrainingSums, num_correct
from ltlight.metrics.scores import scores

COUNTS = [200, 101, 100, 20, 19, 2]


@pytest.fixture
def evaluation():
    """Metrics that have seen 600 images in batches of uneven size, and what those were."""
    rng = np.random.default_rng(0)
    targets = rng.integers(0, 6, 600)
    logits = rng.normal(size=(600, 6)) + 2 * np.eye(6)[targets]
    metrics = LongTailMetrics(COUNTS)
    for batch in np.array_split(np.arange(600), 7):
        metrics.update(torch.from_numpy(logits[batch]), torch.from_numpy(targets[batch]))
    return metrics, targets, logits.argmax(1)


def test_counts_and_scores_are_those_of_the_whole_whatever_the_batches(evaluation):
    metrics, targets, predicted = evaluation
    theirs = confusion_matrix(targets, predicted)
    np.testing.assert_array_equal(metrics.confusion_matrix(), theirs)
    assert metrics.compute() == scores(theirs, np.array(COUNTS))
    assert metrics.recalls() == pytest.approx(recall_score(targets, predicted, average=None))


def test_what_was_seen_is_forgotten(evaluation):
    metrics, _, _ = evaluation
    metrics.reset()
    metrics.update(torch.eye(6), torch.arange(6))
    assert metrics.compute()["accuracy"] == 1
    assert metrics.confusion_matrix().sum() == 6


def test_recall_of_a_class_without_test_images_is_unknown():
    metrics = LongTailMetrics([5, 3, 1])
    metrics.update(torch.eye(3)[[0, 1]], torch.tensor([0, 0]))
    np.testing.assert_equal(metrics.recalls(), [0.5, np.nan, np.nan])


def test_mixed_labels_count_by_their_shares():
    logits = torch.eye(3)[[0, 1, 2, 1]]
    labels = MixedLabels(
        torch.tensor([0, 0, 1, 1]), torch.tensor([1, 1, 0, 1]), torch.tensor([0.7, 0.7, 0.7, 0.7])
    )
    assert num_correct(logits, labels).item() == pytest.approx(0.7 + 0.3 + 0 + 1)
    assert num_correct(logits, labels.first).item() == 2


def test_a_batch_and_its_mixup_count_as_twice_the_images():
    logits = torch.eye(3)[[0, 1, 2, 1]]  # two images, and what they were mixed to
    labels = MixedLabels(
        torch.tensor([0, 2, 2, 2]), torch.tensor([0, 2, 0, 1]), torch.tensor([1, 1, 0.6, 0.6]), 2
    )
    assert num_correct(logits, labels).item() == pytest.approx(1 + 0 + 0.6 + 0.4)
    sums = TrainingSums(torch.device("cpu"))
    sums.add(0, torch.tensor(3.0), logits, labels)
    assert sums.seen == 4
    assert sums.compute()["accuracy"].item() == pytest.approx(2 / 4)
    assert sums.compute()["loss"].item() == 3  # the sum of two means, as the loss gives it


def test_the_mean_of_an_epoch_weighs_batches_by_their_images():
    sums = TrainingSums(torch.device("cpu"))
    sums.add(0, torch.tensor(1.0), torch.eye(2)[[0, 0, 1]], torch.tensor([0, 1, 1]))
    sums.add(1, torch.tensor(5.0), torch.eye(2)[[0]], torch.tensor([1]))
    assert sums.seen == 4
    found = {name: value.item() for name, value in sums.compute().items()}
    assert found == {"loss": (3 * 1 + 5) / 4, "accuracy": 2 / 4}
    assert sums.first_bad_step is None


def test_a_batch_that_comes_again_is_passed_over():
    """SAM asks for every batch twice; the second loss is that at other weights."""
    sums, once = TrainingSums(torch.device("cpu")), TrainingSums(torch.device("cpu"))
    for step in range(3):
        batch = torch.eye(2)[[step % 2]], torch.tensor([0])
        once.add(step, torch.tensor(1.0 + step), *batch)
        for loss in (1.0 + step, float("nan")):
            sums.add(step, torch.tensor(loss), *batch)
    assert sums.seen == 3
    assert sums.compute() == once.compute()
    assert sums.first_bad_step is None


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_the_first_step_whose_loss_is_not_finite_is_kept(bad):
    sums = TrainingSums(torch.device("cpu"))
    for step, loss in enumerate([1.0, bad, 2.0, float("nan")]):
        sums.add(step, torch.tensor(loss), torch.eye(2), torch.tensor([0, 1]))
    assert sums.first_bad_step == 1


def test_networks_side_by_side_count_as_each_alone():
    """Plain labels, mixed ones and a loss that isn't finite, with and without one another."""
    generator = torch.Generator().manual_seed(0)
    device, alone = torch.device("cpu"), [TrainingSums(torch.device("cpu")) for _ in range(3)]
    together = TrainingSums(device, 3)
    for step in range(4):
        logits = torch.randn(3, 8, 5, generator=generator)
        labels = list(torch.randint(5, (3, 8), generator=generator))
        if step % 2:
            weight = torch.rand(8, generator=generator)
            labels[1] = MixedLabels(labels[1], labels[2], weight)
        losses = torch.rand(3, generator=generator)
        losses[2] = torch.nan if step == 2 else losses[2]
        together.add(step, losses, logits, stacked(labels))
        for sums, *counted in zip(alone, losses, logits, labels, strict=True):
            sums.add(step, *counted)
    for number, sums in enumerate(alone):
        own = together.of(number)
        assert (own.seen, own.first_bad_step) == (sums.seen, sums.first_bad_step)
        torch.testing.assert_close(own.compute(), sums.compute(), equal_nan=True)
    assert [sums.first_bad_step for sums in alone] == [None, None, 2]
