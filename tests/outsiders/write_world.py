"""Write worlds: `write_world.py NAME[-SEED],... --out DIR`; NAME is one of those of README.md, or `all`.

Each becomes a folder DIR/NAME-SEED as `revenuer evaluate --scenario` reads them. Same seed, same bytes.
"""

from __future__ import annotations

import argparse
import time
from importlib import import_module
from pathlib import Path

import afield
import afield.folder
import yonder.output

YONDER = ("agents", "shared_pool", "careful", "slow_education")


def write_world(name: str, seed: int, out: Path) -> None:
    """Build one world in memory and write its folder."""
    began = time.monotonic()
    if name in YONDER:
        yonder.output.write(import_module(f"yonder.{name}").build(seed), out)
    else:
        afield.folder.write(afield.build(name, seed), out)
    print(f"{out}: {time.monotonic() - began:.0f} s", flush=True)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--list", action="store_true", help="print the folders, comma-separated, and write nothing")
    options = parser.parse_args()
    every = (*YONDER, *afield.WORLDS)
    folders = []
    for asked in every if options.names == "all" else options.names.split(","):
        name, _, seed = asked.partition("-")
        if name not in every or not (seed or "1").isdigit():
            parser.error(f"{asked} is none of {', '.join(every)}, perhaps with -SEED")
        folder = options.out / f"{name}-{seed or 1}"
        folders.append(str(folder))
        if not options.list and not (folder / "truth.parquet").exists():
            write_world(name, int(seed or 1), folder)
    if options.list:
        print(",".join(folders))


if __name__ == "__main__":
    main()
