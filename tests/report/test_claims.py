"""Claims of detectors as rows."""

from tests.report.small import finding

from tertius.report.claims import fold


def test_a_finding_told_again_with_more_evidence_is_told_once() -> None:
    first, more = finding(("r/2", "r/4")), finding(("r/2", "r/4", "r/8"))
    other = finding(("r/2",), agents=("tester",))
    kept, folded = fold([first, other, more])
    assert kept == [other, more]
    assert folded == {more.id: [first.id]}
    assert fold([first, finding(("r/2", "r/8"))])[1] == {}
