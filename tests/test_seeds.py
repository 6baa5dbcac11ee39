import itertools

import pytest
import torch

from ltlight.seeds import AUGMENT, DROPOUT, HEAD, ORDER, PARTNERS, make_generator, mixed_seed

STREAMS = (ORDER, AUGMENT, DROPOUT, PARTNERS, HEAD)


def test_streams_epochs_ranks_and_seeds_have_different_numbers():
    drawn = [mixed_seed(*where) for where in itertools.product(STREAMS, *[range(4)] * 3)]
    assert len(set(drawn)) == len(STREAMS) * 4**3
    assert min(drawn) >= 0
    assert max(drawn) < 2**63  # what torch takes as a seed
    # Uniform: 5 standard errors of a mean of 320 draws are 0.08 of the range.
    assert abs(sum(drawn) / len(drawn) / 2**63 - 0.5) < 0.08


@pytest.mark.parametrize(
    ("where", "seed"),
    [((ORDER, 0, 0, 0), 7896617691693857887), ((HEAD, 0, 0, 0), 3907349408121823587)],
)
def test_a_run_begun_by_an_earlier_version_is_resumed_with_its_own_draws(where, seed):
    assert mixed_seed(*where) == seed


def test_a_generator_is_a_function_of_where_it_is():
    def draws(*where: int) -> list[float]:
        return torch.rand(3, generator=make_generator("cpu", *where)).tolist()

    first = draws(AUGMENT, 1, 2, 3)
    assert draws(AUGMENT, 1, 2, 3) == first
    for other in ((ORDER, 1, 2, 3), (AUGMENT, 0, 2, 3), (AUGMENT, 1, 3, 3), (AUGMENT, 1, 2, 0)):
        assert draws(*other) != first


def test_the_global_generator_is_left_alone():
    before = torch.get_rng_state()
    make_generator("cpu", ORDER, 0, 0, 0)
    assert torch.equal(torch.get_rng_state(), before)
