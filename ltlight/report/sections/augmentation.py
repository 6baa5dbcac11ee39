"""The section on augmentation: training pictures, and what its draws make of them."""

from ltlight.report.document.blocks import Block, Pictures, Section, Text
from ltlight.report.drawing.image_strips import augmentation_strip, pictures_of
from ltlight.report.results.group import Group

NOTE = "Ten training pictures from head to tail, and below each what four draws make of it."


def augmentation_section(found: list[Group]) -> Section:
    """One strip for every augmentation that a method uses, from its first run with pictures."""
    blocks: list[Block] = []
    shown = set()
    for g in found:
        for method, members in g.methods.items():
            preset = members[0].config["method"].get("augment", method)
            pictures = pictures_of(members) if (g.data, preset) not in shown else None
            strip = augmentation_strip(members[0], pictures) if pictures else None
            if preset == "none" or strip is None:
                continue
            shown.add((g.data, preset))
            title = f"{g.data}, augmentation “{preset}” (method {method})"
            blocks.append(Pictures(f"augmentation_{g.data}_{preset}", title, strip))
    if blocks:
        blocks.insert(0, Text(NOTE, "note"))
    else:
        blocks = [Text("These runs have no augmentation, or kept no pictures.", "note")]
    return Section("augmentation", "What the augmentation makes of pictures", blocks)
