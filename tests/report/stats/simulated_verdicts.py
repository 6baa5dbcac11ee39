"""How often the rule is wrong: sweeps of equal methods, and the power where one is better.

    python -m tests.report.stats.simulated_verdicts

An image is right if its latent score is above a threshold. The score is the sum of how easy the
image is (the same for all), how easy it is for this method, a good or bad day that all methods of a
seed share, one of this training (Student's t with 7 degrees of freedom), and chance. In *even*
sweeps all methods scatter alike over seeds; in *uneven* ones their standard deviations are drawn
log-normally (0.3: what 11 methods by 3 seeds of `panel_cifar50` show); *wild* has beside that one
method of three times the noise. 2,000 test images, accuracies of about 35 %, seeds of 0.7 points
(as CIFAR-50 at 0.005), 300 resamples.

Shares of 1,000 sweeps (power: of 250) with any method better than the baseline, with any behind
the best, and in which a method that gains 3 points is found to be better:

methods  seeds  kind    any better  any behind  3 points found
      5      3  even         1.7 %       3.7 %            53 %
      5      3  uneven       1.8 %       3.9 %            50 %
      5      3  wild         1.6 %       4.9 %            30 %
      5      5  even         1.2 %       2.3 %            78 %
      5      5  uneven       1.3 %       2.5 %            74 %
      5      5  wild         1.0 %       3.4 %            55 %
     12      3  even         1.0 %       2.2 %            44 %
     12      3  uneven       0.8 %       2.7 %            42 %
     12      3  wild         1.1 %       3.1 %            32 %
     12      5  even         1.7 %       3.1 %            73 %
     12      5  uneven       1.9 %       2.9 %            69 %
     12      5  wild         1.5 %       2.7 %            60 %
     43      3  even         1.2 %       3.3 %            34 %
     43      3  uneven       1.5 %       3.2 %            30 %
     43      3  wild         2.0 %       4.6 %            28 %
     43      5  even         1.8 %       3.0 %            62 %
     43      5  uneven       2.1 %       2.5 %            60 %
     43      5  wild         1.9 %       2.2 %            56 %
"""

import sys
from typing import NamedTuple

import numpy as np
from scipy import stats

from ltlight.report.results.sweep import ACCURACY, BALANCED, BASELINE, F1
from ltlight.report.stats.judging import judge
from ltlight.report.stats.ranking import Entry, Scored

EASE, TASTE, CHANCE = 1.0, 0.5, 0.7  # standard deviations of the latent score's parts
RIGHT = 0.35  # share of images
SEEDS = 0.7  # points, standard deviation of a training
HEAVY = 7  # degrees of freedom of a training's day
TOTAL = np.sqrt(EASE**2 + TASTE**2 + CHANCE**2)
POINT = TOTAL / stats.norm.pdf(stats.norm.ppf(RIGHT)) / 100  # of accuracy in latent units


class Sweeps(NamedTuple):
    """What is simulated: see the module; ``gain`` is of one method, in points."""

    methods: int
    seeds: int
    spread: float = 0.3
    wild: float = 1.0
    images: int = 2000
    gain: float = 0.0


def resamples(generator: np.random.Generator, images: int, draws: int = 300) -> np.ndarray:
    """Weights of the images, float32 [N, B]."""
    drawn = generator.multinomial(images, np.full(images, 1 / images), draws)
    return (drawn.T / images).astype(np.float32)


def sweep(of: Sweeps, generator: np.random.Generator, weights: np.ndarray) -> list[Entry]:
    """The judged methods of one sweep; the first is the baseline, ``better`` the one that gains."""
    shape = (of.methods, of.seeds, of.images)
    noise = np.exp(of.spread * generator.normal(size=of.methods))
    noise[generator.integers(of.methods)] *= of.wild
    own = generator.standard_t(HEAVY, shape[:2]) / np.sqrt(HEAVY / (HEAVY - 2)) * noise[:, None]
    days = SEEDS * POINT * (own + generator.normal(size=of.seeds))
    days[1] += of.gain * POINT
    latent = CHANCE * generator.normal(size=shape).astype(np.float32)
    latent += EASE * generator.normal(size=of.images).astype(np.float32)
    latent += TASTE * generator.normal(size=(of.methods, 1, of.images)).astype(np.float32)
    right = (latent + days[..., None] > -TOTAL * stats.norm.ppf(RIGHT)).astype(np.float32)
    values, drawn = right.mean(axis=-1), right @ weights
    found = []
    for m in range(of.methods):
        scores = {s: float(values[m, s]) for s in range(of.seeds)}
        again = {s: drawn[m, s] for s in range(of.seeds)}
        name = BASELINE if m == 0 else "better" if m == 1 else f"remedy_{m}"
        metrics = (F1, ACCURACY, BALANCED)
        found.append(
            Scored(name, [], m, dict.fromkeys(metrics, scores), dict.fromkeys(metrics, again))
        )
    return judge(found, None)[0]


def rates(of: Sweeps, number: int, seed: int = 0) -> tuple[float, float, float]:
    """Shares of sweeps with any better than the baseline, any behind the best, the gain found."""
    generator = np.random.default_rng(seed)
    weights = resamples(generator, of.images)
    better = behind = found = 0
    for _ in range(number):
        entries = sweep(of, generator, weights)
        better += any(e.gains_more_than_noise for e in entries)
        behind += any(e.is_behind for e in entries)
        found += any(e.method == "better" and e.gains_more_than_noise for e in entries)
    return better / number, behind / number, found / number


def main(number: int = 1000) -> None:
    """Print a line for every kind of sweep."""
    print("methods seeds kind: any better than the baseline, any behind the best, 3 points found")
    kinds = {"even": (0.0, 1.0), "uneven": (0.3, 1.0), "wild": (0.3, 3.0)}
    for methods in (5, 12, 43):
        for seeds in (3, 5):
            for kind, (spread, wild) in kinds.items():
                of = Sweeps(methods, seeds, spread, wild)
                better, behind, _ = rates(of, number)
                _, _, power = rates(of._replace(gain=3.0), number // 4, seed=1)
                told = f"{100 * better:.1f} %, {100 * behind:.1f} %, {100 * power:.0f} %"
                print(f"{methods} {seeds} {kind}: {told}", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
