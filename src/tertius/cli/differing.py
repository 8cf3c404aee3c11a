"""Which changes there are between two documents of one kind, if they can be told."""

from __future__ import annotations

from tertius.core.constitution import Constitution
from tertius.core.manifest import Manifest
from tertius.core.noun import Noun
from tertius.policy.conditions_document import Conditions
from tertius.policy.manifest_diff import Change, diff
from tertius.policy.revocation import Revocations, revocations_diff
from tertius.policy.roles_document import RolesDocument, roles_diff
from tertius.policy.rules_diff import rules_diff


def changes_between(old: Noun, new: Noun) -> tuple[Change, ...] | None:
    """Return what changed, None for two kinds, or a kind of which it is not told."""
    if isinstance(old, Manifest) and isinstance(new, Manifest):
        return diff(old, new)
    if isinstance(old, RolesDocument) and isinstance(new, RolesDocument):
        return roles_diff(old, new)
    if isinstance(old, Revocations) and isinstance(new, Revocations):
        return revocations_diff(old, new)
    for kind in (Constitution, Conditions):
        if isinstance(old, kind) and isinstance(new, kind):
            return rules_diff(old, new)
    return None
