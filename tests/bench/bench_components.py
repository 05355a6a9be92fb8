"""CPU of the connected components engines beside Splink's and SciPy's, on the same Parquet files.

    python tests/bench/bench_components.py --links 10000000 --rounds 1 --sides task,graphframes,splink,scipy \
        --limit 600 --out build/bench/components

Seeded links are made once: tiny cells of accounts and nodes, a giant component whose nodes are as popular as Zipf says,
long chains, duplicates, self loops, both directions, under ids scattered over 62 bits. Then the sides take turns, each
in a process of its own, from the Parquet files to a Parquet file of (id, component):

    task, graphframes   `revenuer.components.connected_components` in the project's own Spark session; GraphFrames is
                        that of the jar which the configuration names, not the newest there is
    splink              Splink's clustering on DuckDB (`pip install splink==5.0.0`); left out where it is not installed
    scipy               a plain script: pyarrow, numpy, `scipy.sparse.csgraph`

CPU is that of the whole process tree, start-up included; `work` leaves out the start-up (imports, and the JVM's). A
side that takes longer than the limit is killed, reported as over it and not tried again. All partitions must be
identical and every component be named by its smallest member, or the benchmark fails.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import process_tree
from bench_session import CORES, Timer, overrides
from process_tree import Tree

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pairs = tuple[NDArray[np.int64], NDArray[np.int64]]

# Every side imports what it needs and no more: the start-up is part of what is measured.

HERE = Path(__file__).resolve()
SEED = 11
FILES = 8
MIN_LINKS = 100_000
CHAIN_LINKS = (1_000, 2_000, 5_000, 10_000, 20_000)
PACKAGES = {"task": "revenuer", "graphframes": "graphframes-py", "splink": "splink", "scipy": "scipy"}


def prepare(out: Path, links: int) -> dict[str, int]:
    """Write the links unless they are there; returns how many links and vertices there are."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    mark, folder = out / "prepared.json", out / "links"
    wanted = {"seed": SEED, "links": links}
    if mark.exists() and (known := json.loads(mark.read_text())).items() >= wanted.items():
        return dict(known)
    mark.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    rng = np.random.default_rng(SEED)
    src, dst = mixture(rng, links)
    is_turned = rng.random(links) < 0.5
    src, dst = np.where(is_turned, dst, src), np.where(is_turned, src, dst)
    order = rng.permutation(links)
    for number, rows in enumerate(np.array_split(order, FILES)):
        table = pa.table({"src": scattered(src[rows]), "dst": scattered(dst[rows])})
        pq.write_table(table, folder / f"links-{number}.parquet")
    known = {**wanted, "vertices": len(np.unique(np.concatenate([src, dst])))}
    mark.write_text(json.dumps(known))
    return known


def mixture(rng: np.random.Generator, links: int) -> Pairs:
    """All kinds of links between vertices that are numbered densely, kind by kind."""
    import numpy as np

    loops, copies = links // 200, links // 20
    long = chains(links)
    rest = links - loops - copies - len(long[0])
    tiny = cells(rng, rest // 2)
    kinds, first = list[np.ndarray](), 0
    for src, dst in (tiny, giant(rng, rest - len(tiny[0])), long):
        kinds.append(np.stack([src, dst]) + first)
        first += int(max(src.max(), dst.max())) + 1
    known = np.concatenate(kinds, axis=1)
    # One half of the loops is on vertices with neighbours, the other half is all that their vertices have.
    lone = np.arange(first, first + loops // 2)
    looped = np.concatenate([lone, known[0, rng.integers(known.shape[1], size=loops - len(lone))]])
    known = np.concatenate([known, np.stack([looped, looped])], axis=1)
    known = np.concatenate([known, known[:, rng.integers(known.shape[1], size=copies)]], axis=1)
    return known[0], known[1]


def cells(rng: np.random.Generator, links: int) -> Pairs:
    """Bipartite components of 2 to 12 vertices with so many links together, or a few fewer."""
    import numpy as np

    odds = 0.7 ** np.arange(11)
    sizes = rng.choice(np.arange(2, 13), size=links // 2, p=odds / odds.sum())
    counts = sizes - 1 + ((sizes > 3) & (rng.random(len(sizes)) < 0.4))
    kept = int(np.searchsorted(np.cumsum(counts), links, side="right"))
    sizes, counts = sizes[:kept], counts[:kept]
    nodes = 1 + (rng.random(kept) * (sizes // 2)).astype(np.int64)
    # A cell's first account meets all its nodes, each other account meets one, and some cells have a link more.
    cell = np.repeat(np.arange(kept), counts)
    place = np.arange(len(cell)) - (np.cumsum(counts) - counts)[cell]
    size, node_count = sizes[cell], nodes[cell]
    any_node = (rng.random(len(cell)) * node_count).astype(np.int64)
    any_account = (rng.random(len(cell)) * (size - node_count)).astype(np.int64)
    node = np.where(place < node_count, place, any_node)
    account = np.where(place < node_count, 0, np.where(place < size - 1, place - node_count + 1, any_account))
    first = (np.cumsum(sizes) - sizes)[cell]
    return first + node_count + account, first + node


def giant(rng: np.random.Generator, links: int) -> Pairs:
    """Accounts that share nodes of Zipf popularity; a few in a thousand have rare nodes only and stay apart."""
    import numpy as np

    accounts, nodes = links * 2 // 5, links // 20
    popularity = np.cumsum(1 / np.arange(1, nodes + 1))
    node = np.searchsorted(popularity, rng.random(links) * popularity[-1]).clip(max=nodes - 1)
    account = np.concatenate([np.arange(accounts), rng.integers(accounts, size=links - accounts)])
    return account, accounts + node


def chains(links: int) -> Pairs:
    """Paths, five for every million links."""
    import numpy as np

    lengths = np.tile(CHAIN_LINKS, max(1, links // 1_000_000))
    src = np.arange(lengths.sum()) + np.repeat(np.arange(len(lengths)), lengths)
    return src, src + 1


def scattered(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Dense numbers as ids of 62 bits: every step can be undone, so no two numbers get one id."""
    import numpy as np

    mask, shift = np.uint64(2**62 - 1), np.uint64(31)
    mixed = numbers.astype(np.uint64) + np.uint64(0x1B873593CC9E2D51)
    for factor in (0x3F58476D1CE4E5B9, 0x14D049BB133111EB):
        mixed ^= mixed >> shift
        mixed = mixed * np.uint64(factor) & mask
    return (mixed ^ mixed >> shift).astype(np.int64)


def run_spark(out: Path, result: Path, work: AbstractContextManager[Any], engine: str) -> None:
    from revenuer.components import connected_components
    from revenuer.workbench import Workbench

    is_graphframes = engine == "graphframes"
    with Workbench.open(str(out / "lake"), overrides=overrides(), with_graphframes=is_graphframes) as bench, work:
        links = bench.spark.read.parquet(str(out / "links"))
        connected_components(links, engine=engine).write.mode("overwrite").parquet(str(result))


def run_task(out: Path, result: Path, work: AbstractContextManager[Any]) -> None:
    run_spark(out, result, work, "task")


def run_graphframes(out: Path, result: Path, work: AbstractContextManager[Any]) -> None:
    run_spark(out, result, work, "graphframes")


def run_splink(out: Path, result: Path, work: AbstractContextManager[Any]) -> None:
    import duckdb
    from splink.backends.duckdb import DuckDBAPI

    # Splink's public function for connected components of given nodes and edges. No threshold is passed, so that every
    # edge is a match and no column of probabilities is needed; a string names a table that the connection knows.
    from splink.clustering import cluster_pairwise_predictions_at_threshold

    with work:
        connection = duckdb.connect()
        connection.execute(f"set threads = {CORES}; set preserve_insertion_order = false; set memory_limit = '8GB'")
        connection.execute(f"set temp_directory = '{out / 'tmp' / 'duckdb'}'")
        connection.execute(f"create view links as select src, dst from read_parquet('{out / 'links'}/*.parquet')")
        connection.execute("create table vertices as select src as id from links union select dst from links")
        clusters = cluster_pairwise_predictions_at_threshold(
            nodes="vertices", edges="links", db_api=DuckDBAPI(connection=connection), node_id_column_name="id",
            edge_id_column_name_left="src", edge_id_column_name_right="dst",
        )  # fmt: skip
        found = clusters.physical_name
        connection.execute(
            f"copy (with named as (select cluster_id, min(id) as component from {found} group by cluster_id)"
            f" select id, component from {found} join named using (cluster_id))"
            f" to '{result / 'labels.parquet'}' (format parquet)"
        )


def run_scipy(out: Path, result: Path, work: AbstractContextManager[Any]) -> None:
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components

    with work:
        links = pq.read_table(out / "links")
        src, dst = links["src"].to_numpy(), links["dst"].to_numpy()
        ids = np.unique(np.concatenate([src, dst]))
        left, right = np.searchsorted(ids, src), np.searchsorted(ids, dst)
        matrix = csr_matrix((np.ones(len(src)), (left, right)), shape=(len(ids), len(ids)))
        count, label = connected_components(matrix, directed=False)
        smallest = np.full(count, np.iinfo(np.int64).max)
        np.minimum.at(smallest, label, ids)
        pq.write_table(pa.table({"id": ids, "component": smallest[label]}), result / "labels.parquet")


SIDES: dict[str, Callable[[Path, Path, AbstractContextManager[Any]], None]] = {
    "task": run_task,
    "graphframes": run_graphframes,
    "splink": run_splink,
    "scipy": run_scipy,
}


def run(side: str, out: Path) -> dict[str, float]:
    """One side, in this process."""
    with Tree(os.getpid()) as tree:
        work = Timer(tree)
        SIDES[side](out, out / "labels" / side, work)
    return {f"work_{name}": value for name, value in work.line.items()}


def measure(side: str, out: Path, size: dict[str, int], limit: float) -> dict[str, Any]:
    """One side in a process of its own."""
    scratch, result = out / "tmp", out / "labels" / side
    for folder in (scratch, result):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    before, began, is_over = os.times(), time.monotonic(), False
    process = subprocess.Popen(
        [sys.executable, str(HERE), "--side", side, "--out", str(out)], stdout=subprocess.PIPE, text=True,
        env={**os.environ, "TMPDIR": str(scratch), "SPARK_LOCAL_DIRS": str(scratch)},
    )  # fmt: skip
    with Tree(process.pid) as tree:
        try:
            text, _ = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            is_over = True
            process_tree.kill(process.pid)
            text, _ = process.communicate()
    wall, after = time.monotonic() - began, os.times()
    shutil.rmtree(scratch, ignore_errors=True)
    # The last look at a process is up to half a second before its end, but the kernel keeps what it used in all.
    exact = after.children_user + after.children_system - before.children_user - before.children_system
    cpu = max(tree.cpu_seconds, exact)
    line = {
        "bench": "components", "side": side, "package": package(side),
        "links": size["links"], "vertices": size["vertices"], "cores": CORES,
        "outcome": "over" if is_over else "failed" if process.returncode else "done", "limit_s": limit,
        "wall_s": wall, "cpu_s": cpu, "cpu_us_per_link": cpu / size["links"] * 1e6,
        "peak_mb": tree.peak_bytes / 2**20,
    }  # fmt: skip
    if line["outcome"] == "done":
        line |= json.loads(text.splitlines()[-1])
        line |= {"work_us_per_link": line["work_cpu_s"] / size["links"] * 1e6, "digest": digest(result)}
    return line


def package(side: str) -> str:
    """What does a side's work, with its version."""
    name = f"{PACKAGES[side]} {version(PACKAGES[side])}"
    if side != "graphframes":
        return name
    # The wrapper's version says nothing of the jar, which does the work.
    from revenuer.config import load_config

    return f"{name} with {load_config((), overrides()).value('spark.graphframes_package')}"


def digest(result: Path) -> dict[str, int]:
    """Counts, and an order-free digest over every id with the smallest member of its component."""
    import duckdb

    connection = duckdb.connect()
    connection.execute(f"create view result as from read_parquet('{result}/*.parquet')")
    found = connection.execute(
        "with named as (select component, min(id) as smallest, count(*) as size from result group by component)"
        " select count(*), count(distinct id), count(distinct smallest), max(size), count_if(component <> smallest),"
        " bit_xor(hash(id, smallest)), sum(hash(id, smallest) >> 32) from result join named using (component)"
    ).fetchone()
    names = ("rows", "vertices", "components", "largest", "misnamed", "xor", "sum")
    return {name: int(value or 0) for name, value in zip(names, found or (), strict=True)}


def shown(line: dict[str, Any]) -> str:
    """A line of the table."""
    if line["outcome"] != "done":
        what = f"over {line['limit_s']:g} s" if line["outcome"] == "over" else f"failed after {line['wall_s']:.0f} s"
        return f"{line['side']:11}  {what}, {line['cpu_s']:.1f} s CPU, {line['peak_mb']:.0f} MB"
    return (
        f"{line['side']:11} {line['wall_s']:7.1f} {line['cpu_s']:7.1f} {line['work_wall_s']:12.1f}"
        f" {line['work_cpu_s']:11.1f} {line['cpu_us_per_link']:8.2f} {line['work_us_per_link']:13.2f}"
        f" {line['peak_mb']:8.0f}"
    )


def ratios(lines: list[dict[str, Any]], measured: str) -> dict[str, float]:
    """Each finished side's best CPU over that of `task`; nothing where `task` did not finish."""
    best = {line["side"]: min(x[measured] for x in lines if x["side"] == line["side"]) for line in lines}
    return {side: round(cpu / best["task"], 2) for side, cpu in best.items()} if "task" in best else {}


def installed(sides: list[str]) -> list[str]:
    """The sides whose packages are there; says which are not."""
    found = []
    for side in sides:
        try:
            version(PACKAGES[side])
        except PackageNotFoundError:
            print(f"{side} is left out: {PACKAGES[side]} is not installed")
        else:
            found.append(side)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--links", type=int, default=10_000_000, help=f"{MIN_LINKS:,} or more")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--sides", default=",".join(SIDES))
    parser.add_argument("--limit", type=float, default=600, help="seconds a side may take")
    parser.add_argument("--out", type=Path, default=Path("build/bench/components"))
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    out = arguments.out.resolve()
    if arguments.side:
        print(json.dumps(run(arguments.side, out)))
        return
    asked = arguments.sides.split(",")
    if unknown := sorted(set(asked) - SIDES.keys()):
        parser.error(f"unknown side {', '.join(unknown)}; there are {', '.join(SIDES)}")
    if arguments.links < MIN_LINKS:
        parser.error(f"--links must be {MIN_LINKS:,} or more, to leave room for the chains")
    sides = installed(asked)
    size = prepare(out, arguments.links)
    print(f"{size['links']:,} links, {size['vertices']:,} vertices, {CORES} cores")
    print("side         wall s   CPU s  work wall s  work CPU s  us/link  work us/link  peak MB")
    lines: list[dict[str, Any]] = []
    for _ in range(arguments.rounds):
        for side in sides:
            if any(line["side"] == side and line["outcome"] != "done" for line in lines):
                continue
            lines.append(measure(side, out, size, arguments.limit))
            print(shown(lines[-1]), flush=True)
            with (out / "bench.jsonl").open("a") as log:
                log.write(json.dumps(lines[-1]) + "\n")
    report(lines, size)


def report(lines: list[dict[str, Any]], size: dict[str, int]) -> None:
    """Print the last line; exits non-zero where sides failed, differ or are wrong."""
    done = [line for line in lines if line["outcome"] == "done"]
    over, failed = ([line["side"] for line in lines if line["outcome"] == what] for what in ("over", "failed"))
    # Equal digests mean equal partitions. That a partition holds every vertex once is known without another side.
    partitions: dict[str, list[str]] = {}
    for line in done:
        alike = partitions.setdefault(json.dumps(line["digest"]), [])
        alike.extend({line["side"]} - set(alike))
    whole = {"rows": size["vertices"], "vertices": size["vertices"], "misnamed": 0}
    wrong = sorted({line["side"] for line in done if not line["digest"].items() >= whole.items()})
    differing = list(partitions.values()) if len(partitions) > 1 else []
    first = done[0]["digest"] if done else {}
    print(json.dumps({
        "bench": "components", **size, "components": first.get("components"), "largest": first.get("largest"),
        "ratio": ratios(done, "cpu_s"), "work_ratio": ratios(done, "work_cpu_s"),
        "over": over, "failed": failed, "wrong": wrong, "differing": differing,
    }))  # fmt: skip
    problems = [f"failed: {', '.join(failed)}"] if failed else []
    problems += [f"not every vertex once, or not the smallest member's name: {', '.join(wrong)}"] if wrong else []
    problems += [f"the sides differ: {' | '.join(map(', '.join, differing))}"] if differing else []
    if problems:
        raise SystemExit("; ".join(problems))


if __name__ == "__main__":
    main()
