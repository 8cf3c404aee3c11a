"""Write the golden episodes of all studies anew, `python tests/golden/studies.py`."""

import json
from pathlib import Path

from tertius.evaluation.prove import prove
from tertius.scenarios.table import TABLE, load

PATH = Path(__file__).parent / "studies.json"
SEEDS = range(2)


def golden() -> dict[str, dict[str, str]]:
    """Return the digest of the first seed's episodes, by study and population."""
    return {
        name: {proof.population: proof.golden for proof in prove(load(name), seeds=SEEDS)}
        for name in TABLE
    }


if __name__ == "__main__":
    PATH.write_text(json.dumps(golden(), indent=1) + "\n")
    print(f"wrote {PATH.name}")
