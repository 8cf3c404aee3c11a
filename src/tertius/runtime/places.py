"""Where everything of a deployment lies below one folder."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from tertius.policy.envelope import Kind


class Places(Struct, frozen=True):
    """Where everything lies below one folder.

    Examples
    --------
    >>> Places(Path("campus")).signed("roles").as_posix()
    'campus/policy/roles.signed.json'
    """

    folder: Path

    @property
    def policy(self) -> Path:
        """Signed documents."""
        return self.folder / "policy"

    @property
    def roots(self) -> Path:
        """Who may sign what; only the operator writes here."""
        return self.folder / "roots"

    @property
    def log(self) -> Path:
        """The deployment of logs."""
        return self.folder / "log"

    @property
    def keys(self) -> Path:
        """Private keys of the logs."""
        return self.folder / "private"

    @property
    def versions(self) -> Path:
        """What is remembered of versions, away from the documents themselves."""
        return self.folder / "private" / "versions.json"

    @property
    def log_remembered(self) -> Path:
        """Which log the gate stood on."""
        return self.folder / "private" / "log.json"

    @property
    def escalations(self) -> Path:
        """Questions to people."""
        return self.folder / "escalations.db"

    @property
    def kill(self) -> Path:
        """The kill switch."""
        return self.folder / "kill"

    @property
    def manifests(self) -> Path:
        """One signed manifest for each agent."""
        return self.policy / "manifests"

    def signed(self, kind: Kind) -> Path:
        """Return the file of a signed document of which a deployment has one."""
        return self.policy / f"{kind}.signed.json"
