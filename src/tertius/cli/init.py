"""`tertius init`: a first deployment: drafts to sign, keys to sign them with, and two agents."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path, PurePath
from string import Template
from typing import Final, get_args

from tertius.cli.init_files.agents import find_order, pay_refund
from tertius.cli.screen import Flag, print_json
from tertius.cli.signable import SIGNABLE
from tertius.core.digest import digest
from tertius.core.errors import EXIT_PASS, CallerError
from tertius.core.names import check_name
from tertius.escalation.approver_key import ask_new_passphrase, read_public, write_key
from tertius.log.deployment import Deployment, KeyFolder
from tertius.log.keys import config_folder, new_key, pin, read_key, read_pins, require_outside
from tertius.log.keys import write_key as write_signing_key
from tertius.log.notekey import SigningKey
from tertius.policy.envelope import sign as put_under
from tertius.policy.roots import Role
from tertius.policy.strict_yaml import parse_yaml
from tertius.runtime.places import Places
from tertius.runtime.tool import tool_of

ROLES: Final[tuple[Role, ...]] = get_args(Role)
SIGNS: Final[Mapping[Role, str]] = {
    "constitution": "the constitution",
    "manifests": "manifests and conditions",
    "approvers": "who may answer questions",
}
DRAFTS: Final[Mapping[Role, tuple[str, ...]]] = {
    "constitution": ("policy/constitution.yaml",),
    "manifests": ("policy/conditions.yaml", "policy/manifests/*.yaml"),
    "approvers": ("policy/approvers.yaml",),
}
"""Which drafts are signed with the key of each root."""
COPIED: Final = (
    "tertius.yaml",
    "policy/constitution.yaml",
    "policy/conditions.yaml",
    "policy/approvers.yaml",
    "policy/manifests/support.yaml",
    "policy/manifests/cashier.yaml",
)
TAKEN: Final = ("shop", "support", "cashier", "customer")


class OverwriteError(CallerError):
    """Something is there already."""


def init(
    folder: Path = Path(),
    /,
    *,
    person: str,
    keys: Path | None = None,
    sign: Flag = False,
    json: Flag = False,
) -> int:
    """Write a first deployment: two agents, the policy that governs them as drafts, and keys.

    It signs nothing but the roots, which say whose key counts for what; it prints the commands
    that sign the rest. Every key is yours for now: give them to different people before it
    matters. Your passphrase as an approver is asked for at the terminal, and nowhere else.

    Parameters
    ----------
    folder
        Where to write it; made if it is not there. Nothing in it is overwritten.
    person
        Your pseudonym: the human who answers for the agents, and for their questions.
    keys
        Folder for the signing keys; those that lie there are used [default: `private` in the
        configuration folder].
    sign
        Sign the drafts too, as nobody has reviewed them: for a first look.
    json
        Print one JSON object.
    """
    config = config_folder(os.environ)
    private = keys or config / "private"
    _require_free(folder, person, private)
    read_pins(config / "keys", outside=folder)
    there = _keys_there(private)
    public = _approver(config / "private", person)
    signing = {role: _signing_key(private, role, folder) for role in ROLES}
    texts = _texts(person, public, signing)
    written = _write(folder, texts, signing)
    if sign:
        written += _sign(folder, texts, signing)
    log = _found_log(folder, config)
    if json:
        names = [str(path) for path in written]
        print_json({"folder": str(folder), "files": names, "keys": str(private), "log": log})
    else:
        _tell(folder, written, private, person, there=there, signed=sign)
    return EXIT_PASS


def _require_free(folder: Path, person: str, private: Path) -> None:
    """Look at everything that could go wrong before a key is made or a file written."""
    check_name(person, "pseudonym")
    if person in TAKEN:
        raise CallerError(f"`{person}` is a name in the example; choose another pseudonym")
    near = next(each for each in (folder, *folder.absolute().parents) if os.path.lexists(each))
    if not (near.is_dir() and os.access(near, os.W_OK)):
        raise OverwriteError(f"`{near}` is no folder that you can write to; name another")
    require_outside(private, folder)
    for name in (*COPIED, "agents.py", "roots", "log", "private"):
        if os.path.lexists(folder / name):
            raise OverwriteError(
                f"`{folder / name}` exists; nothing is overwritten, name a new folder"
            )


def _keys_there(private: Path) -> tuple[str, ...]:
    """Return the signing keys that lie there from before, and would be used again."""
    return tuple(f"{role}.key" for role in ROLES if os.path.lexists(private / f"{role}.key"))


def _approver(private: Path, person: str) -> str:
    """Return a person's public key as an approver; made, if there is none yet."""
    path = private / f"{person.replace('/', '_')}.approver"
    if os.path.lexists(path):
        return read_public(path, person)
    passphrase = ask_new_passphrase(person)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = write_key(path, person, passphrase, entropy=os.urandom)
    return made.public_key().public_bytes_raw().hex()


def _signing_key(private: Path, role: Role, folder: Path) -> SigningKey:
    path = private / f"{role}.key"
    if os.path.lexists(path):
        return read_key(path, outside=folder)
    private.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = new_key(role, os.urandom)
    write_signing_key(path, key, outside=folder)
    return key


def _texts(person: str, approver: str, signing: Mapping[Role, SigningKey]) -> dict[str, str]:
    """Return what each file holds."""
    start = datetime.fromtimestamp(time.time(), tz=UTC).date()
    words = {
        "person": person,
        "approver": approver,
        "today": str(start),
        "end": str(start + timedelta(days=365)),
        "find_order": tool_of("orders.find", find_order).schema,
        "pay_refund": tool_of("refunds.pay", pay_refund).schema,
    }
    constitution = _filled("policy/constitution.yaml", words)
    words["constitution"] = _digest(constitution)
    texts = {name: _filled(name, words) for name in COPIED}
    for role, key in signing.items():
        own = {**words, "role": role, "signs": SIGNS[role], "key": key.verifier.vkey}
        texts[f"roots/{role}.yaml"] = _filled("roots/root.yaml", own)
    return {**texts, "agents.py": _template("agents.py")}


def _digest(constitution: str) -> str:
    """Return the digest that manifests name, as `tertius sign` will print it."""
    document = parse_yaml(constitution.encode(), file="policy/constitution.yaml")
    _, payload = SIGNABLE["constitution"].payload(document)
    return digest("document", payload)


def _filled(name: str, words: Mapping[str, str]) -> str:
    return Template(_template(name)).substitute(words)


def _template(name: str) -> str:
    return files("tertius.cli.init_files").joinpath(name).read_text(encoding="utf-8")


def _write(
    folder: Path, texts: Mapping[str, str], signing: Mapping[Role, SigningKey]
) -> list[Path]:
    """Write every file, and sign the roots."""
    made: list[Path] = []
    for name, text in sorted(texts.items()):
        made.append(_new(folder / name, text.encode()))
    for role, key in signing.items():
        name = f"roots/{role}.yaml"
        made.append(_signed(folder, name, texts[name], "root", key))
    return made


def _sign(folder: Path, texts: Mapping[str, str], signing: Mapping[Role, SigningKey]) -> list[Path]:
    """Sign every draft, each with the key of its root."""
    made: list[Path] = []
    for role, patterns in DRAFTS.items():
        for name in (each for each in texts for one in patterns if PurePath(each).match(one)):
            stem = PurePath(name).stem
            kind = stem if stem in SIGNABLE else "manifest"
            made.append(_signed(folder, name, texts[name], kind, signing[role]))
    return made


def _signed(folder: Path, name: str, text: str, kind: str, key: SigningKey) -> Path:
    """Sign one document, as `tertius sign` does."""
    noun, payload = SIGNABLE[kind].payload(parse_yaml(text.encode(), file=name))
    target = SIGNABLE[kind].target(noun, folder / name)
    return _new(target, put_under(payload, key, beside=None).encode())


def _new(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        file.write(data)
    return path


def _found_log(folder: Path, config: Path) -> str:
    """Begin the log, and pin its key here, so that `tertius verify` knows it."""
    places = Places(folder)
    keys = KeyFolder(places.keys, outside=places.log)
    with Deployment(places.log, keys=keys) as deployment:
        pin(config / "keys", deployment.key, outside=places.log)
        return deployment.key.vkey


def _tell(
    folder: Path,
    written: list[Path],
    private: Path,
    person: str,
    *,
    there: tuple[str, ...],
    signed: bool,
) -> None:
    for path in written:
        print(f"wrote {path}")
    print(f"keys of {person}: {_word(private)}/, for {', '.join(SIGNS.values())}")
    if there:
        print(f"using the keys that lie there already ({', '.join(there)}); nobody made new ones")
        print(f"  whoever has them signs for {person} too; name another folder with `--keys`")
    print("next:")
    if folder.resolve() != Path.cwd():
        print(f"  cd {_word(folder)}")
    print("  tertius lint .")
    for role, drafts in () if signed else DRAFTS.items():
        print(f"  tertius sign {' '.join(drafts)} --key {_word(private / f'{role}.key')}")
    print("  python agents.py")


def _word(path: Path) -> str:
    """Return a path as a shell takes it, short where it lies at home."""
    home = Path(os.environ.get("HOME", "/"))
    if path.is_relative_to(home) and path != home:
        return f"~/{shlex.quote(str(path.relative_to(home)))}"
    return shlex.quote(str(path))
