"""Write the pages and the picture that are made from the source: ``python docs/render``."""

from made import DOCS, stale

for name, text in stale().items():
    (DOCS / name).write_text(text, encoding="utf-8")
    print(f"wrote docs/{name}")
