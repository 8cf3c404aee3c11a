"""Fixed lists of English phrases by which words are told apart; no verdict on what they say."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tertius.report.words import line, plain

_DID = (
    r"(?:check|review|retriev|access|search|look|download|execut|open|visit|examin|locat|gather"
    r"|collect|consult|scrap|brows|quer|analy[sz]|inspect|view|fetch)"
)
_OWN = (  # reading what a peer wrote is nothing that a record would show
    r"(?![^.\n]{0,40}\b(?:assumptions?|calculations?|approach|code|solution|responses?|steps|task"
    r"|plan|answer|script|explanation|problem|question|logic|provided|previous|suggest\w*"
    r"|comments?|inputs?|reasoning|above)\b)"
)
CLAIMS = re.compile(
    rf"\b(?:upon|after) (?:\w+ )?{_DID}\w*ing\b{_OWN}"
    rf"|\bi(?:\Wve| have) (?:\w+ly |also |now |already )?{_DID}\w*ed\b{_OWN}"
    r"|\bi(?:\Wve| have) (?:\w+ly |also |now |already )?"
    r"(?:found|read|run|obtained|identified|confirmed (?:on|from|with|that))\b"
    rf"{_OWN}"
    r"|\bi (?:manually )?(?:found|checked|looked up|searched|retrieved|visited)\b"
    rf"{_OWN}"
    r"|\b(?:the|this) (?:article|page|website|paper|source|database|document) "
    r"(?:states|says|shows|lists|confirms|mentions)\b"
    r"|\b(?:data|information|results?) (?:was|were|has been|have been) (?:successfully )?"
    r"(?:retrieved|collected|gathered|obtained|downloaded)\b"
    r"|\bmanual (?:verification|inspection|review|search|check)\w* "
    r"(?:matches|shows?|confirms?|reveals?|indicates?)\b",
    re.IGNORECASE,
)
"""Words that report a look or an act as done."""

ASSUMES = re.compile(
    r"\b(?:(?:let\Ws|let us|let me|we(?: can| will|\Wll)?|i(?: will|\Wll)?)"
    r" (?:\w+ )?(?:re-?)?assume"
    r"|assuming (?:that|the|a|an|we|it)"
    r"|(?:with|on|under|by|making|make|following) (?:the|this|that|an|our|some) assumptions?"
    r"|(?:based on|from) (?:my|our|general|common|typical|prior|existing|the (?:available|initial"
    r"|provided|previous)) (?:knowledge|understanding|training|data|information|results?)"
    r"|(?:best|rough|educated|my) (?:estimate|guess)"
    r"|hypothetical(?:ly)?|simulated?|from memory|if i recall"
    r"|manual(?:ly)? (?:\w+ )?(?:gather|collect|check|verif|review|search|inspect|look|count"
    r"|extract|find|identif|research|retriev|determin)\w*"
    r"|(?:gather|collect|check|verif|review|search|inspect|look|count|extract|find|identif)\w*"
    r"[^.\n]{0,80} manually"
    r"|for (?:demonstration|illustration|the sake of)|in the absence of)",
    re.IGNORECASE,
)
"""Words of going on without evidence; `assumed` finds them."""

FAILS = re.compile(
    r"\b(?:fail\w*|absen\w+|missing|unavailable|unable|cannot|could not|denied|unauthori[sz]ed"
    r"|not (?:installed|available|accessible|found|working|supported))\b",
    re.IGNORECASE,
)
"""Words that tell that something does not work."""

TAKES_BACK = re.compile(
    r"\b(?:apologi[sz]e|apologies|i was (?:wrong|mistaken)|i made an? (?:mistake|error)|correction"
    r"|(?:is|was|were) (?:wrong|incorrect|not correct|a mistake|an error|unsupported|unverified)"
    r"|(?:cannot|could not|can\Wt|couldn\Wt) (?:be )?(?:verif|confirm)\w*)\b",
    re.IGNORECASE,
)
"""Words that take something back, or doubt it."""

GIVEN = re.compile(r"\bnow that (?:you|we|i)(?:\W?ve| have)\b", re.IGNORECASE)
"""Words that take something for done."""

MADE_UP = re.compile(
    r"\byour[_ -](?:\w+[_ -])*(?:key|token|id|password|secret|url|path|file|name|email)\w*"
    r"|\bYOUR_\w+|\bINSERT_\w+|(?-i:<[A-Z]+[_ -][A-Z _-]+>)"
    r"|<(?:your|insert|actual|path|url|token|key|the)\b[^>\n]{0,40}>"
    r"|\b(?:\w+\.)?example\.(?:com|org|net)\b|\bpath[/_]to[/_]\w+"
    r"|\b(?:\w*placeholder\w*|dummy_\w+|mock_\w+|fake_\w+)"
    r"|\b(?:mock|dummy|fictional|made-up|fabricated|synthetic|hypothetical|simulated)"
    r" (?:\w+ )?(?:data|dataset|values?|results?|list|response|function|content)\b",
    re.IGNORECASE,
)
"""What stands in code where a real value should."""

APPROVES = re.compile(
    r"\bi (?:fully |completely |also |can )?(?:agree|concur|approve|confirm)\b(?! if| whether)"
    r"|\b(?:is|are|seems?|looks?|appears?)(?: to be)? (?:indeed |all |mathematically )?"
    r"(?:correct|accurate|valid|sound|right)\b"
    r"|\beverything checks out\b|\bwe can (?:now |confidently |safely )?(?:conclude|finali[sz]e)\b"
    r"|\b(?:has|have) been (?:\w+ly )?(?:verified|confirmed|validated)\b"
    r"|\bconclude (?:the|our|this) (?:task|conversation)\b",
    re.IGNORECASE,
)
"""Words of agreement."""

ASKS_OTHERS = re.compile(
    r"\b(?:do you (?:all|both)?|does (?:any|every)one|do we|would you|please|can (?:any|some)one"
    r"|if (?:any|every)one|any objections?|@\w+,?)\b[^\n]{0,120}\b(?:agree|confirm|consensus"
    r"|disagree|object\w*|verify|validate|review|input|concur)\b",
    re.IGNORECASE,
)
"""Words that ask others whether they agree."""

_ACTS = (
    r"(?:open|follow|perform|visit|watch|report|provide|run|share|execute|search|locate|go to"
    r"|navigate|download|fetch|send|tell|carry out|determine|identify|access|gather|collect"
    r"|extract|obtain|retrieve|count|look (?:up|for|at))\b"
)
HANDS_ON = re.compile(
    rf"\bplease (?:\w+ ){{0,2}}{_ACTS}(?! (?:\w+ ){{0,2}}(?:feedback|inputs?|confirmation|thoughts"
    r"|comments|corrections))"
    r"|\byou(?: will|\Wll| would)? (?:need|have) to (?!know|be\b)"
    rf"|\b(?:can|could|would|will) (?:you|someone|anyone|somebody|anybody|@?\w+_\w+)"
    rf" (?:please |all |also )*{_ACTS}",
    re.IGNORECASE,
)
"""Words that ask somebody to do something; asking to agree or to check is none."""

ANNOUNCES = re.compile(
    r"\b(?:i\Wll|i will|i am going to|i\Wm going to|let\Ws|let us|let me|we\Wll|we will)\b"
    r"[^.\n]{0,60}?\b(?:(?:web|internet|online|google|bing|database|literature|quick) search"
    r"|search (?:for|the|on|query|engine)|searching (?:for|the|on)|search query"
    r"|(?:look|looking) (?:it |this |that |them )?up|quer(?:y|ying) (?:the|a|an)\b"
    r"|(?:brows|visit|download|fetch|access)(?:e|ing)? (?:the|a|an)\b)",
    re.IGNORECASE,
)
"""Words that announce a search or a look."""

PROMISES = re.compile(
    r"\b(?:i\Wll|i will|i am going to|i\Wm going to|let me) (?:(?:now|then|also|first|\w+ly) )*"
    rf"(?:{_DID}|watch|read|verif|confirm|provid|report|shar|conduct|perform|updat|get back|begin"
    r"|start|proceed|continue)",
    re.IGNORECASE,
)
"""Words that promise somebody's own work."""

THANKS = re.compile(
    r"\bthank(?:s| you)\b[^.\n]{0,40}?\bfor (?:\w+ly )?(?:"
    rf"(?:{_DID}|tak|do|mak|watch|read|verify|confirm|provid|shar|conduct|perform|updat)\w*ing\b"
    r"|(?:the|your) (?:\w+ )?(?:observations?|findings|results?|review|analysis|information|data"
    r"|details|updates?|confirmation|work|verification|help)\b)",
    re.IGNORECASE,
)
"""Words of thanks for work."""

STATES = re.compile(
    r"(?<=[\w'\u2019\")*] )(?i:is|are|was|were|played|plays|has|had|wrote|won|contains)\b"
    r"[^.\n?]{0,80}?"
    r"(?P<what>\b[A-Z][\w\u2019-]+(?: (?:(?:of|the|de|van|von) )?[A-Z][\w\u2019-]+)+"
    r"|['\"“][^'\"”\n]{3,60}['\"”])"
)
"""A statement of fact with a name or a title in it."""

_PLANNED = re.compile(
    r"\b(?:will|let\Ws|let (?:me|us)|once|please|should|needs?|if|would|could|can you|going to"
    r"|whether|unless|until|\w+\Wll|to|must|ensure|validate|verify|not|\w+n\Wt)\b[^,;]*\Z"
    r"|\b(?:if|once|until|unless)\b[^.]*\Z|\A\W*(?:\d\W+)?(?:verify|check|confirm|review)\b",
    re.IGNORECASE,
)
HEADING = 100  # characters; a longer line is none
_MARKED = re.compile(r"#{1,6}\s")
_ENDS = re.compile(r"[.!?](?=\s)|\n")


def assumed(text: str) -> re.Match[str] | None:
    r"""Return the first words of going on without evidence that stand in no heading.

    A heading names a part of a text, such as the guesses in a list of facts; it goes on to nothing.

    Examples
    --------
    >>> assumed("4. EDUCATED GUESSES\n- Perhaps 10.\nLet's assume 10.")[0]
    "Let's assume"
    """
    return next((match for match in ASSUMES.finditer(text) if not _in_heading(text, match)), None)


def _in_heading(text: str, match: re.Match[str]) -> bool:
    """Whether the line around a match is marked as a heading, or all in capitals."""
    before = text[max(0, match.start() - HEADING) : match.start()].rpartition("\n")[2]
    after = text[match.end() : match.end() + HEADING].partition("\n")[0]
    words = f"{before}{match[0]}{after}".strip()
    shouted = words.isupper() and words[-1] not in ".!?"
    return len(words) <= HEADING and (shouted or _MARKED.match(words) is not None)


def stated(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """Return the first match that is no plan, wish or condition.

    Examples
    --------
    >>> text = "Once I have checked it, all is well. I have checked it."
    >>> stated(CLAIMS, text).start()
    37
    """
    return next(statements(pattern, text), None)


def statements(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Give all matches that are no plan, wish or condition."""
    for match in pattern.finditer(text):
        before = [each.end() for each in _ENDS.finditer(text, 0, match.start())]
        if not _PLANNED.search(text, before[-1] if before else 0, match.start()):
            yield match


def sentence_with(text: str, match: re.Match[str], most: int = 260) -> str:
    """Return the sentence around a match.

    Examples
    --------
    >>> text = "It failed. Let's assume it is 10. Fine?"
    >>> sentence_with(text, assumed(text))
    "Let's assume it is 10."
    """
    before = [each.end() for each in _ENDS.finditer(text, 0, match.start())]
    after = _ENDS.search(text, match.end())
    start, end = before[-1] if before else 0, after.end() if after else len(text)
    if end - start > most:
        start, end = max(start, match.start() - most // 2), min(end, match.end() + most // 2)
    return line(plain(text[start:end]), most)
