"""Fuzz the decoders on the way to the gate: ``python tests/fuzz/run.py --inputs 100000``.

Damaged texts from a seed, decoder by decoder, in a process of its own: a native library that ends
the process is a finding like any other. `make test` feeds a few to each
(`tests/policy/test_fuzz_decoders.py`).
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
BATCH = 20_000
REPORTED = 20


def fuzz(name: str, *, inputs: int, seed: str, folder: Path) -> dict[str, Any]:
    """Feed damaged texts to one decoder; return how many were read, refused, and were findings.

    The input under way lies in ``folder/last``, so that it is there if the process ends.
    """
    from tests.fuzz.decoders import FindingError, decoders, outcome_of
    from tests.fuzz.mutations import damaged

    decoder = decoders()[name]
    chance = random.Random(f"{seed}/{name}")
    told: Counter[str] = Counter()
    findings: dict[str, str] = {}
    with (folder / "last").open("r+b" if (folder / "last").exists() else "w+b") as last:
        for _ in range(inputs):
            data = damaged(chance, chance.choice(decoder.seeds), decoder.seeds)
            if name.startswith("rule"):  # alone among them, Cedar can end the process
                last.seek(0)
                last.write(data)
                last.truncate()
                last.flush()
            try:
                told[outcome_of(decoder, data)] += 1
            except FindingError as error:
                told["finding"] += 1
                if len(findings) < REPORTED:
                    findings.setdefault(str(error)[:120], data[:4000].hex())
    return {"read": told["read"], "refused": told["refused"], "finding": told["finding"],
            "findings": findings}  # fmt: skip


def apart(name: str, *, inputs: int, seed: str) -> dict[str, Any]:
    """The same, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        program = (
            f"import json, pathlib, sys; sys.path.insert(0, {str(ROOT)!r}); "
            f"from tests.fuzz.run import fuzz; print(json.dumps(fuzz({name!r}, inputs={inputs}, "
            f"seed={seed!r}, folder=pathlib.Path({folder!r}))))"
        )
        ended = subprocess.run([sys.executable, "-c", program], capture_output=True, cwd=ROOT)
        if ended.returncode == 0:
            found: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
            return found
        last = Path(folder, "last")
        data = last.read_bytes() if last.exists() else b""
        why = f"the process ended with {ended.returncode}: {ended.stderr[-300:].decode()}"
        return {"read": 0, "refused": 0, "finding": 1, "findings": {why: data[:4000].hex()}}


def main() -> int:
    """Fuzz all decoders, or those that are named; exit 1 where there are findings."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=10_000, help="for each decoder")
    parser.add_argument("--seed", default="0")
    parser.add_argument("--only", action="append", help="name of a decoder; all otherwise")
    given = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    from tests.fuzz.decoders import decoders

    names = given.only or list(decoders())
    total: Counter[str] = Counter()
    for name in names:
        each: Counter[str] = Counter()
        for batch in range(0, given.inputs, BATCH):
            count = min(BATCH, given.inputs - batch)
            found = apart(name, inputs=count, seed=f"{given.seed}/{batch}")
            each.update({key: found[key] for key in ("read", "refused", "finding")})
            for why, data in found["findings"].items():
                print(f"  {name}: {why}\n    {data}", flush=True)
        total.update(each)
        print(f"{name:20} {each['read']:>9,} read {each['refused']:>9,} refused "
              f"{each['finding']:>5,} findings", flush=True)  # fmt: skip
    print(f"{sum(total.values()):,} inputs, {total['finding']:,} findings")
    return 1 if total["finding"] else 0


if __name__ == "__main__":
    sys.exit(main())
