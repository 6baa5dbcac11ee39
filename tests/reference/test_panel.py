"""Every remedy, alone."""

from statistics import mean

from tests.reference.kept import ACCOUNT, panel_values, spread, table_after


def test_the_panel():
    rows = table_after(ACCOUNT, "## Every remedy, alone")
    assert len(rows) == len({row[0] for row in rows}) > 40
    for method, accuracy, f1, shots, n, digits, n_digits in rows:
        name = method.strip("`")
        on_cifar = panel_values("cifar50", name, "test/accuracy", 100)
        on_digits = panel_values("digits", name, "test/accuracy", 100)
        assert (int(n), int(n_digits)) == (len(on_cifar), len(on_digits))
        assert accuracy == spread([*on_cifar.values()], 1), name
        assert digits == spread([*on_digits.values()], 1), name
        assert f1 == spread([*panel_values("cifar50", name, "test/f1_macro").values()], 3), name
        recalls = [
            mean(panel_values("cifar50", name, f"test/recall_{shot}", 100).values())
            for shot in ("many", "medium", "few")
        ]
        assert shots == "/".join(f"{r:.0f}" for r in recalls), name
