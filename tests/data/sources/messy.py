"""A folder of everything that folders of pictures hold beside pictures, made of real digits."""

import os
import shutil
import socket
from pathlib import Path

from ltlight.data.image_set import ImageSet
from tests.conftest import write_tree

# What is said of it, part by part; 12 pictures of each of ten classes are good.
SAID = (
    "4 files of no picture format (.txt 2, no extension 1, .db 1)",
    "1 FIFO (1/fifo.png)",
    "2 dangling links (0/gone.png, 0/round.png)",
    "1 folder reached twice (2/again)",
    "1 folder without pictures (empty)",
    "2 hidden entries (.DS_Store, 3/.hidden)",
    "4 links back to a folder above them (3/deep/top, 3/root, 3/self, …)",
    "1 link into a folder of the system (3/system)",
    "1 name that is not UTF-8 (4/caf\\udce9.png)",
    "1 picture outside class folders (loose.png)",
    "1 socket (5/socket.png)",
)


def messy_tree(root: Path, images: ImageSet) -> Path:
    """Ten classes of 12 pictures, in a mess; nothing in it may be lost, and nothing may hang."""
    write_tree(root, images, 12)
    picture = root / "0" / "000.png"
    shutil.copy(picture, root / "loose.png")
    (root / ".DS_Store").touch()
    for text in ("README.txt", "0/notes.txt", "0/Thumbs.db", "0/000"):
        (root / text).write_text("not a picture")
    (root / "0" / "gone.png").symlink_to("nowhere.png")
    (root / "0" / "round.png").symlink_to("round.png")
    os.mkfifo(root / "1" / "fifo.png")
    (root / "2" / "again").symlink_to("deep")
    (root / "2" / "deep").mkdir()
    (root / "3" / "deep").mkdir()
    (root / "3" / "deep" / "top").symlink_to(root.parent)
    (root / "3" / "self").symlink_to(".")
    (root / "3" / "up").symlink_to("..")
    (root / "3" / "root").symlink_to("/")
    (root / "3" / "system").symlink_to("/proc/self")
    (root / "3" / ".hidden").mkdir()
    shutil.copy(picture, root / "3" / ".hidden")
    Path(os.fsdecode(os.fsencode(root / "4") + b"/caf\xe9.png")).write_bytes(picture.read_bytes())
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(os.path.relpath(root / "5" / "socket.png"))
    listener.close()
    (root / "empty").mkdir()
    return root
