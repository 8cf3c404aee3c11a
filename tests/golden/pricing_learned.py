"""Let the firms of the study `pricing` learn anew, `python tests/golden/pricing_learned.py`."""

from pathlib import Path

import msgspec

from tertius.scenarios import pricing_learned

PATH = Path(pricing_learned.__file__).with_name(pricing_learned.FILE)

if __name__ == "__main__":
    sessions = [pricing_learned.learn(copy) for copy in range(pricing_learned.SESSIONS)]
    PATH.write_bytes(msgspec.json.format(msgspec.json.encode(sessions), indent=1) + b"\n")
    print(f"wrote {PATH.name}")
