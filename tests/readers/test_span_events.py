"""Messages traced as events beside the span."""

from tertius.readers.span_events import gathered, listed


def test_each_message_finds_its_side() -> None:
    found = gathered(
        [
            ("gen_ai.system.message", {"content": "be brief"}),
            ("gen_ai.user.message", {"gen_ai.event.content": '{"content": "q"}'}),
            ("gen_ai.tool.message", {"content": "42", "id": "c1"}),
            ("gen_ai.choice", {"message": {"content": "a"}, "index": 0}),
            ("exception", {"exception.message": "x"}),
        ]
    )
    asked = found["gen_ai.input.messages"]
    assert [(m["role"], m["content"]) for m in asked] == [
        ("system", "be brief"), ("user", "q"), ("tool", "42"),
    ]  # fmt: skip
    assert found["gen_ai.output.messages"][0]["content"] == "a"


def test_the_oldest_and_the_newest_form() -> None:
    oldest = gathered([("gen_ai.content.prompt", {"gen_ai.prompt": '[{"role": "user"}]'})])
    assert oldest == {"gen_ai.input.messages": [[{"role": "user"}]]}
    details = {"gen_ai.output.messages": [{"role": "assistant", "parts": []}]}
    assert gathered([("gen_ai.client.inference.operation.details", details)]) == details


def test_a_verdict_keeps_its_name() -> None:
    found = gathered([("gen_ai.evaluation.result", {"gen_ai.evaluation.name": "truthful"})])
    assert all(key.startswith("gen_ai.evaluation.") for key in found)


def test_an_attribute_that_holds_no_events_holds_none() -> None:
    assert listed('[1, {}, {"event.name": 7}]') == listed(None) == listed("text") == []
