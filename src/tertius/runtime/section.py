"""What every section of `tertius.yaml` shares: unknown keys are refused with the nearest one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError

from tertius.core.names import nearest


class Section(BaseModel):
    """A frozen section of the configuration; one class each."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, validate_by_name=False,
                              validate_by_alias=True, arbitrary_types_allowed=True)  # fmt: skip

    @model_validator(mode="before")
    @classmethod
    def _known(cls, tree: Any) -> Any:
        if not isinstance(tree, dict):
            raise fault("expected keys with values")
        known = [field.alias or name for name, field in cls.model_fields.items()]
        for key in tree:
            if key not in known:
                raise fault(f"unknown key `{shown(key)}`{nearest(str(key), known)}", key, key=True)
        return tree


def fault(message: str, *at: str | int, key: bool = False) -> PydanticCustomError:
    """Return the error to raise in a validator.

    Parameters
    ----------
    message
        What is wrong, without the place.
    *at
        Where below the validated value: keys and positions.
    key
        Whether the key itself is wrong, not what stands under it.
    """
    return PydanticCustomError("tertius", "{message}", {"message": message, "at": at, "key": key})


def listed(value: object) -> object:
    """Take a list as a tuple; refuse anything else."""
    if not isinstance(value, list):
        raise fault("expected a list, each item behind a `-`")
    return tuple(value)


def one_of(value: object, known: Iterable[str], what: str, *at: str | int) -> None:
    """Refuse a value that is none of the known words.

    Raises
    ------
    PydanticCustomError
        It names the nearest.
    """
    words = list(known)
    if value not in words:
        raise fault(f"unknown {what} `{shown(value)}`{nearest(str(value), words)}", *at)


def shown(value: object) -> str:
    """Return a value of the configuration as it can stand in one line."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return ascii(str(value))[1:-1][:60]
