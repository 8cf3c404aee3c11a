import cedarpy
import pytest

from tertius.policy.request_schema import ACTIONS, narrowed, shape

DECLARED = "type Arguments = { amount?: Long, filter?: { limit?: Long, mode?: String } };"


def test_the_whole_schema_is_cedar() -> None:
    text = str(cedarpy.Schema.from_str(shape(DECLARED, ["paid"]).text))
    assert all(f'"{action}"' in text for action in ACTIONS)
    assert "amount?: Long" in text and "paid: Long" in text


def test_any_cut_of_it_is_cedar_and_holds_what_is_read() -> None:
    reads = frozenset({("arguments", "filter", "limit"), ("peer",)})
    text = str(cedarpy.Schema.from_str(shape(DECLARED).cut(reads, ["tool.call"])))
    assert "limit?: Long" in text and "peer?: Agent" in text
    assert "mode" not in text and "amount" not in text and "task" not in text


def test_reading_a_record_reads_all_of_it() -> None:
    fields = shape(DECLARED).fields
    kept = narrowed(fields, frozenset({("arguments", "filter")}))
    assert kept == {"arguments": {"filter?": {"limit?": "Long", "mode?": "String"}}}


@pytest.mark.parametrize(
    ("path", "kind", "optional"),
    [
        (("time",), "Long", False),
        (("task",), "String", True),
        (("arguments", "filter", "limit"), "Long", True),
        (("arguments", "nothing"), None, False),
        (("time", "deeper"), None, False),
    ],
)
def test_knows_types_and_what_may_be_missing(
    path: tuple[str, ...], kind: str | None, optional: bool
) -> None:
    known = shape(DECLARED)
    assert known.type_at(path) == kind
    assert known.optional(path) == optional
