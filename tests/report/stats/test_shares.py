"""The interval of a share, beside SciPy's."""

import numpy as np
import pytest
from scipy import stats

from ltlight.report.stats.shares import wilson


@pytest.mark.parametrize(("hits", "images"), [(0, 5), (3, 20), (20, 20), (57, 100)])
def test_it_is_scipys_where_the_share_is_one_of_whole_images(hits, images):
    found = stats.binomtest(hits, images).proportion_ci(0.95, method="wilson")
    low, high = wilson(np.array(hits / images), np.array(images))
    assert (low, high) == pytest.approx((found.low, found.high), abs=1e-12)


def test_without_images_it_is_unknown():
    low, high = wilson(np.array([0.5, np.nan]), np.array([10, 0]))
    assert np.isfinite([low[0], high[0]]).all()
    assert np.isnan([low[1], high[1]]).all()
