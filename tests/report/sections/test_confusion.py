"""The section of confusion: the matrices of every method, and the pairs that changed most."""

from ltlight.report.document.blocks import Charts, Columns, Setting, charts_of
from ltlight.report.results.confusion_change import most_changed
from ltlight.report.results.group import confusion, groups
from ltlight.report.results.sweep import read_sweep
from ltlight.report.sections import confusion as module
from ltlight.report.sections.confusion import confusion_section, confusions_table
from ltlight.report.stats.comparison import compare
from tests.report.run_folders import write_run


def test_every_method_has_the_baseline_its_difference_and_a_list(toy, comparisons):
    switched, note = confusion_section(groups(toy), comparisons).blocks
    assert note.text == module.NOTE
    for g, variant in zip(groups(toy), switched.variants, strict=True):
        assert variant.of == Setting("toy", g.first.imbalance, "improved")
        [columns] = variant.blocks
        assert isinstance(columns, Columns)
        [charts] = charts_of([columns])
        assert charts.caption == (
            f"{g.title}: baseline, and improved minus it; 20 test images a class"
        )
        assert [panel.slug for panel in charts.panels] == [
            f"confusion_{g.slug}_improved-baseline",
            f"confusion_{g.slug}_improved-difference",
        ]


def test_the_methods_of_a_group_share_the_figure_of_the_baseline(panel, panel_comparisons):
    section = confusion_section(groups(panel), panel_comparisons)
    firsts = [charts.panels[0] for charts in charts_of(section.blocks)]
    assert len(firsts) == 11
    assert len({id(panel.figure) for panel in firsts}) == 1
    assert len({panel.slug for panel in firsts}) == 11


def test_beside_other_seeds_the_baseline_has_another_matrix(tmp_path):
    seeds = {"baseline": (0, 1), "augment": (0, 1), "improved": (1,), "sampler": (2,)}
    for method, own in seeds.items():
        for seed in own:
            write_run(tmp_path, method=method, seed=seed, pictures=False)
    sweep = read_sweep(tmp_path)
    compared = {c.method: c for c in compare(sweep)}
    section = confusion_section(groups(sweep), list(compared.values()))
    firsts = {v.of.method: next(charts_of(v.blocks)).panels[0] for v in section.blocks[0].variants}
    for method, panel in firsts.items():
        c = compared[method]
        counts = confusion(c.before or c.after, groups(sweep)[0].order)
        assert panel.figure.data[0].customdata.tolist() == counts.tolist(), method
    assert firsts["sampler"].title == "sampler, %"  # has no seed in common with the baseline


def test_a_method_alone_stands_alone(tmp_path):
    write_run(tmp_path, method="improved", pictures=False)
    sweep = read_sweep(tmp_path)
    switched, _ = confusion_section(groups(sweep), compare(sweep)).blocks
    [charts] = switched.variants[0].blocks
    assert isinstance(charts, Charts)
    assert [panel.title for panel in charts.panels] == ["improved, %"]
    charts.pictures[0].draw().savefig(tmp_path / "alone.png")


def test_the_list_names_what_is_relieved_before_what_is_harmed(toy, comparisons):
    g, c = groups(toy)[1], comparisons[1]
    relieved, harmed = most_changed(c.before, c.after, g.order)
    rows = confusions_table(g, c).rows
    assert [row[0] for row in rows] == ["relieved"] * len(relieved) + ["harmed"] * len(harmed)
    for row, f in zip(rows, [*relieved, *harmed], strict=True):
        assert row[1] == f"{g.names[f.true]} → {g.names[f.called]}"
        assert row[2:] == [f"{f.before:.1f} → {f.after:.1f}", f"{f.points:+.1f}", "20"]


def test_of_many_classes_the_note_tells_of_neighbours(toy, comparisons, monkeypatch):
    monkeypatch.setattr(module, "SINGLE", 4)
    _, note = confusion_section(groups(toy), comparisons).blocks
    assert note.text.endswith(module.MERGED)
