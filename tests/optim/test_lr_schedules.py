import pytest
import torch
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, MultiStepLR, SequentialLR

from ltlight.optim.lr_schedules import Schedule, constant, cosine, linear_warmup, steps
from ltlight.training.deferral import first_epoch

EPOCHS = 20
TOTAL, WARM = 60, 15  # steps: 20 epochs of 3, of which 5 are the warm-up


def ours(
    schedule: Schedule,
    length: int = TOTAL,
    *,
    warmup: int = WARM,
    total: int = TOTAL,
    epochs: int = EPOCHS,
) -> list[float]:
    return [schedule(step, warmup, total, epochs) for step in range(length)]


def theirs(build, length: int = TOTAL) -> list[float]:
    """The rates torch's schedulers give a base rate of 1."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler, rates = build(optimizer), []
    for _ in range(length):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


def warmed(then):
    """Torch's linear increase, and after it another of its schedulers."""

    def build(optimizer):
        warm = LinearLR(optimizer, start_factor=1 / WARM, total_iters=WARM - 1)
        return SequentialLR(optimizer, [warm, then(optimizer)], milestones=[WARM])

    return build


def test_constant():
    assert ours(constant) == [1.0] * TOTAL


def test_warmup_is_torchs_linear_increase():
    expected = theirs(lambda o: LinearLR(o, start_factor=1 / WARM, total_iters=WARM - 1))
    assert ours(linear_warmup) == pytest.approx(expected)


def test_cosine_after_warmup_is_torchs():
    expected = theirs(warmed(lambda o: CosineAnnealingLR(o, T_max=TOTAL - WARM)))
    assert ours(cosine) == pytest.approx(expected)


def test_cosine_without_warmup_is_torchs():
    expected = theirs(lambda o: CosineAnnealingLR(o, T_max=TOTAL))
    assert ours(cosine, warmup=0) == pytest.approx(expected)


def test_cosine_ends_at_0_and_stays_there():
    assert ours(cosine, TOTAL + 30)[TOTAL:] == [0.0] * 30
    assert 0 < ours(cosine)[-1] < 0.01  # the last step still moves the weights


def test_steps_after_warmup_are_torchs():
    milestones = [TOTAL * 8 // 10 - WARM, TOTAL * 9 // 10 - WARM]  # counted after the warm-up
    expected = theirs(warmed(lambda o: MultiStepLR(o, milestones, gamma=0.01)))
    assert ours(steps) == pytest.approx(expected)


def test_steps_are_those_of_cao_et_al_at_the_end_of_every_epoch():
    """Their table of 200 epochs: 1/5 … 5/5, then 1, from epoch 160 on 0.01, from 180 on 0.0001."""
    of_epoch = [k / 5 for k in range(1, 6)] + [1.0] * 155 + [0.01] * 20 + [0.0001] * 20
    rates = ours(steps, 7 * 200, warmup=7 * 5, total=7 * 200, epochs=200)
    assert rates[6::7] == pytest.approx(of_epoch)
    assert rates[7 * 160 - 1 : 7 * 160 + 1] == pytest.approx([1.0, 0.01])


@pytest.mark.parametrize(
    ("epochs", "first", "second"),  # both in steps, 10 an epoch
    [(12, 90, 108), (13, 100, 117), (7, 50, 63), (3, 20, 27), (1, 0, 9), (25, 200, 225)],
)
def test_the_first_step_waits_for_no_part_of_an_epoch(epochs, first, second):
    total = 10 * epochs
    rates = ours(steps, total, warmup=0, total=total, epochs=epochs)
    wanted = [1.0] * first + [0.01] * (second - first) + [0.0001] * (total - second)
    assert rates == pytest.approx(wanted)


@pytest.mark.parametrize("per_epoch", [1, 7, 10])
def test_the_first_step_is_where_deferred_weights_begin_to_act(per_epoch):
    for epochs in range(1, 301):
        total, first = epochs * per_epoch, first_epoch(0.8, epochs) * per_epoch
        assert steps(first, 0, total, epochs) < 1
        assert first == 0 or steps(first - 1, 0, total, epochs) == 1


@pytest.mark.parametrize("epochs", [5, 10, 25, 50, 200])
def test_steps_are_80_and_90_percent_of_all_steps_where_the_first_is_a_whole_epoch(epochs):
    """As it was before the first step was rounded to epochs: what was trained stays the same."""
    total = 7 * epochs
    rates = ours(steps, total, warmup=0, total=total, epochs=epochs)
    assert rates == [0.01 ** ((5 * s >= 4 * total) + (10 * s >= 9 * total)) for s in range(total)]


@pytest.mark.parametrize("schedule", [linear_warmup, cosine, steps])
def test_training_within_its_warmup_only_rises(schedule):
    expected = [(step + 1) / WARM for step in range(6)]
    assert ours(schedule, 6, total=6, epochs=2) == pytest.approx(expected)
