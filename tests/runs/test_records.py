from ltlight.config.schema import neutral_values
from ltlight.runs.records import changes, comparable, flatten


def test_comparable_records_are_flat_with_aliases_resolved():
    found = comparable({"method": {"augment": "report", "mix": "mixup"}, "seed": 3})
    wanted = {"method.augment": "fig7", "method.mix": "mixup", "seed": 3}
    wanted |= {"data.seed": 3}  # which was the seed's before it was a key
    assert found == neutral_values() | wanted


def test_a_tree_is_flattened_by_dotted_keys():
    tree = {"seed": 1, "data": {"ratio": 0.1, "columns": {"path": "file"}}}
    assert flatten(tree) == {"seed": 1, "data.ratio": 0.1, "data.columns.path": "file"}


def test_changes_leave_out_what_computes_nothing_else():
    old = {"name": "a", "seed": 1, "data": {"cache": "x", "seed": 1}}
    new = {"name": "b", "seed": 2, "data": {"cache": "y", "seed": 1}}
    assert changes(old, new) == ["seed 1 → 2"]
    assert changes(old, old) == []
