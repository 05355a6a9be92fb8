"""Write worlds: `write_world.py NAME[-SEED],... --out DIR`; NAME is one of those of README.md, or `all`.

Each becomes a folder DIR/NAME-SEED, unless it is there as its hand's code still writes it; the folders are printed as
`revenuer evaluate --scenario` reads them. Same seed, same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import shutil
import sys
import time
from functools import partial
from pathlib import Path

import abroad
import abroad.folder
import afield
import afield.folder
import beyond
import elsewhere
import elsewhere.folder
import farther
import farther.folder
import overseas
import overseas.folder
import yonder
import yonder.output

# Each hand's way to build a world in memory, and to write its folder.
HANDS = (
    (yonder, yonder.output.write),
    (afield, afield.folder.write),
    (abroad, abroad.folder.write),
    (elsewhere, elsewhere.folder.write),
    (farther, farther.folder.write),
    (overseas, overseas.folder.write),
    (beyond, farther.folder.write),
)
MAKERS = {name: (partial(hand.build, name), write, hand.__name__) for hand, write in HANDS for name in hand.WORLDS}
MARK = "made_by.txt"  # in a world's folder: digest of the code that wrote it


def digest_of(hand: str) -> str:
    """Digest of a hand's code, of the hands' that it imports, and of what lies beside it for several."""
    here = Path(__file__).parent
    beside = sorted(here.glob("*.py"))
    code = {file.stem: [file] for file in beside}
    code |= {each.__name__: sorted((here / each.__name__).rglob("*.py")) for each, _ in HANDS}
    used, found = set(), {hand}
    while found:
        name = found.pop()
        used.add(name)
        text = "\n".join(file.read_text(encoding="utf-8") for file in code[name])
        found |= set(re.findall(r"^ *(?:from|import) (\w+)", text, re.MULTILINE)) & code.keys() - used
    files = sorted({*beside, *(file for name in used for file in code[name])})
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def write_world(name: str, seed: int, out: Path) -> None:
    """Build one world in memory and write its folder, which is there as a whole or not at all."""
    build, write, hand = MAKERS[name]
    mark = out / MARK
    if mark.is_file() and mark.read_text(encoding="utf-8") == digest_of(hand):
        return
    began, part = time.monotonic(), out.with_name(f"{out.name}.part")
    for old in (out, part):
        if old.exists():
            shutil.rmtree(old)
    write(build(seed), part)
    (part / MARK).write_text(digest_of(hand), encoding="utf-8")
    part.rename(out)
    print(f"{out}: {time.monotonic() - began:.0f} s", file=sys.stderr)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    folders = []
    for asked in MAKERS if options.names == "all" else options.names.split(","):
        name, _, seed = asked.partition("-")
        if name not in MAKERS or not (seed or "1").isdigit():
            parser.error(f"{asked} is none of {', '.join(MAKERS)}, perhaps with -SEED")
        folder = options.out / f"{name}-{seed or 1}"
        folders.append(str(folder))
        write_world(name, int(seed or 1), folder)
    print(",".join(folders))


if __name__ == "__main__":
    main()
