"""Render docs/reference/security-tests.md: every attack, its defence, and where it is tried."""

import ast
from pathlib import Path

from tables import table

TESTS = Path(__file__).parent.parent.parent / "tests"

HEAD = """\
# How it is attacked

Made by `python docs/render` from `docs/render/security_tests.py`; do not edit.

Each attack below is a test. It is stopped; and it is made once more with the defence taken away,
and then it succeeds: so the test can fail, and it is this defence that stops it. That happens in
the same test, in one beside it, or, where it says *both*, by a parameter. Two have no defence that
could be taken away alone: a tool that asks the gate while it runs, and denials as an oracle.
"""
PEERS = """\
## What others got wrong

Found in other tools for governing agents, by running them and by reading them. Each is a test of
ours; `docs/reference/peers-gate.md` runs one of those tools beside ours.
"""
BAD = """\
## Bad input

`tests/attacks/test_bad_input.py` is one table for documents and one for requests. Each case goes
through an open gate, not only its parser. Three things are asserted of each: it is forbidden, the
log says why and where, and the agent is told one of four codes. A constitution or conditions that
are bad start nothing.

## Random input
"""
FOUND = """\
The decoder of a rule runs in a process of its own, since Cedar's parser can end the process; what
could do that is refused before. Run by hand so far: 282,000 damaged texts; 40 findings of four
kinds, all mended, and none in the 83,000 after that.

*Found and mended while these tests were written*: a rule could hide brackets behind a comment that
ends at a carriage return, or nest look-ups instead of brackets, and end the gate's process when it
was loaded; half a character, escaped in YAML, ended in a traceback; refusals of envelopes, schemas
and messages to the sidecar repeated control characters that stood in them; a request whose fields
were of other types than declared was judged; a forked child could wait for ever for a lock that its
parent held.
"""
NOT_YET = """\
## Not tried, and why
"""

RANDOM = (
    ("decoders of documents, rules and requests", "200 damaged texts for each of 13",
     "`python tests/fuzz/run.py --inputs N`"),
    ("YAML, manifests, envelopes, arguments", "29,500 damaged texts more", "the same"),
    ("constitution, one layer", "500 requests (Hypothesis)", "more examples"),
    ("constitution, through the open gate with all layers",
     "12 random groups of agents, up to 40 acts each", "more examples"),
)  # fmt: skip

Row = tuple[str, str, str, tuple[str, ...]]

M, P, E, S = (f"attacks/test_{n}.py::" for n in ("manifests", "policy", "escalation", "sidecar"))
D, A, B = (f"attacks/test_{n}.py::" for n in ("documents", "at_once", "bad_input"))

SECTIONS: dict[str, tuple[Row, ...]] = {
    "Gate": (
        ("arguments changed after the permit", "what was judged is what runs",
         "a frozen copy of the canonical bytes",
         (M + "test_arguments_changed_after_the_permit_are_not_what_runs",
          M + "test_whoever_runs_the_values_it_came_with_runs_the_changed_ones",
          A + "test_a_tool_that_changes_what_the_gate_decided_while_it_is_asked")),
        ("`True` for a granted 1", "values are compared with their types", "typed constraints",
         (M + "test_true_is_not_the_one_that_was_granted",
          M + "test_a_plain_set_of_values_takes_true_for_one")),
        ("duplicate JSON key", "one reading alone", "strict parsing, once",
         (M + "test_a_duplicate_key_is_refused_before_anybody_judges",
          M + "test_a_plain_reader_judges_the_last_and_a_tool_may_run_the_first")),
        ("NaN that digests as null", "a digest names one value", "checks before canonical bytes",
         (M + "test_nan_has_no_digest",
          M + "test_a_plain_encoder_gives_nan_the_digest_of_null")),
        ("homoglyph, zero-width and NFD names", "names are exact", "one alphabet, no folding",
         (M + "test_a_name_that_looks_like_another_is_no_name_or_another",
          M + "test_a_reader_that_folds_names_takes_them_for_the_real_one")),
        ("dots and percent escapes in paths", "a path stays below its folder", "resolved in full",
         (M + "test_a_path_that_climbs_out_is_refused",
          M + "test_a_prefix_lets_every_one_of_them_through")),
        ("pattern bomb", "a decision takes linear time", "patterns without backtracking",
         (M + "test_a_pattern_bomb_takes_one_step_for_each_character",
          M + "test_a_backtracking_matcher_takes_more_steps_than_there_are_characters")),
        ("Cedar overflow, missing attribute", "what cannot be judged is forbidden",
         "validated at load; any diagnostic is a fault",
         (P + "test_cedar_overflow", P + "test_a_forbid_that_reads_a_missing_attribute")),
        ("a rule that ends the process", "policy text cannot crash the gate",
         "bounds before the parser",
         ("policy/test_cedar_text.py::test_refuses_what_could_overflow_the_parsers_stack",
          "policy/test_cedar_text.py::test_without_the_bound_the_parser_ends_the_process")),
        ("manifest expires during the run", "validity is asked at every decision",
         "times, each time",
         (M + "test_a_manifest_that_ends_during_the_run_grants_nothing_afterwards",
          M + "test_a_gate_that_asks_at_load_alone_goes_on_granting")),
        ("parallel calls overspend", "counters are reserved first", "counted before judged",
         (P + "test_parallel_calls_overspend",
          A + "test_parallel_calls_at_the_last_unit_of_a_budget",
          A + "test_async_calls_at_once_never_pass_the_budget_together")),
        ("a tool that asks the gate while it runs", "neither deadlock nor a way round",
         "no lock is held while a tool runs",
         (A + "test_a_tool_that_asks_the_gate_while_it_runs",)),
        ("restart resets the budget", "counters outlive the process", "rebuilt from the log",
         (P + "test_restart_resets_the_budget", A + "test_the_budget_is_the_same_after_a_restart")),
        ("salami below the threshold", "sums count, not single acts", "counters over a window",
         (P + "test_salami_below_the_threshold",)),
        ("a disk that is full", "no act without a record", "what is not recorded is forbidden",
         (A + "test_a_disk_that_is_full",)),
        ("a forked child goes on", "one gate owns log and counters", "a child is refused at once",
         (A + "test_a_forked_child_is_refused_and_leaves_the_log_whole",
          A + "test_a_forked_child_touches_nothing_that_could_wait_for_ever")),
        ("random groups against the constitution", "what it forbids never happens",
         "a layer that nothing overrides",
         ("attacks/test_constitution.py::test_random_groups_never_bring_about_what_is_forbidden",
          "attacks/test_constitution.py::"
          "test_the_judge_of_these_tests_sees_it_when_the_constitution_is_not_asked")),
        ("a manifest that was replaced comes back", "versions only rise", "remembered outside",
         (M + "test_a_manifest_that_was_replaced_does_not_come_back",
          M + "test_without_memory_the_old_manifest_is_as_good_as_new")),
        ("shadow mode switched while it runs", "the mode is signed and fixed", "a signed document",
         (D + "test_shadow_is_switched_at_runtime",
          D + "test_whoever_starts_the_gate_cannot_ask_for_shadow_mode")),
    ),
    "Identity": (
        ("delegation outlives its parent", "children expire with parents",
         "the whole chain, each time",
         (P + "test_delegation_outlives_its_parent",)),
        ("launch argument names another agent", "identity is authenticated, never asserted",
         "peer credentials; chains on record",
         (P + "test_a_launch_argument_names_another_agents_authority",
          S + "test_a_launch_argument_names_another_agent")),
        ("forged `verified` event", "asserted events meet no condition", "identity of events",
         (P + "test_a_forged_verified_event", S + "test_a_forged_verified_event")),
        ("framing into quarantine", "what others assert counts against nobody",
         "identity of events",
         (P + "test_framing_a_rival_by_acts_it_never_took",)),
        ("tightening a rival", "a tightening binds oneself alone", "else it waits for a person",
         (P + "test_tightening_a_rival",)),
        ("one key, two ids", "people are counted by key", "public key bytes",
         (M + "test_one_key_under_two_ids_is_one_person",
          M + "test_a_library_that_counts_ids_is_satisfied_by_one_key")),
        ("an agent lifts its own quarantine", "agents tell what they did, and no more",
         "what an agent may tell",
         (S + "test_an_agent_lifts_its_own_quarantine",)),
    ),
    "Escalation": (
        ("approve A, run B", "an approval is of one exact act", "the digest, computed again",
         (E + "test_approve_a_run_b",)),
        ("permit replayed in another run, or twice", "single use, one run", "one transaction",
         (E + "test_a_permit_replayed_in_another_run", E + "test_a_permit_used_twice")),
        ("two keys, one person; one key, two people", "people are counted, not keys",
         "distinct persons, distinct keys",
         (E + "test_two_keys_one_person", E + "test_one_key_two_people")),
        ("an agent runs `tertius escalations approve`", "agents have no path to rule",
         "a passphrase, asked for at a terminal",
         ("cli/test_escalations.py::"
          "test_an_agent_that_runs_the_command_without_a_terminal_rules_nothing",
          "cli/test_escalations.py::"
          "test_a_person_at_a_terminal_rules_and_the_passphrase_is_not_echoed")),
        ("forged row", "a signature rules, not a row", "signatures checked at consumption",
         (E + "test_a_grant_written_into_the_database",
          E + "test_rulings_written_into_the_database",
          E + "test_a_quorum_lowered_in_the_database",
          E + "test_an_approver_added_in_the_database")),
        ("late yes", "a deadline is a deadline", "ratcheted time before the deadline",
         (E + "test_a_late_yes",)),
        ("crash after the effect", "at most once", "consumed before the effect; then `unknown`",
         (E + "test_a_crash_after_the_effect",
          "escalation/test_kill.py::test_killed_at_any_moment_it_runs_at_most_once")),
        ("clock set back", "revives nothing", "time never runs back",
         (E + "test_the_clock_is_set_back",)),
        ("deceptive display", "shown bytes are signed bytes", "inert text, long values by digest",
         (E + "test_a_deceptive_display", E + "test_the_dangerous_end_is_cut_off_the_display",
          E + "test_the_card_is_changed_between_showing_and_signing")),
        ("kill under flood", "the switch works whatever is asked", "a switch outside; limits each",
         (E + "test_kill_under_flood",)),
        ("an approval lifts a forbid", "approval lifts `escalate` alone",
         "judged again when it runs",
         (E + "test_an_approval_lifts_a_forbid",)),
        ("every interleaving", "P1 to P10 of the machine", "each of its guards",
         ("escalation/test_exploration.py::test_the_properties_hold_in_every_reachable_state",
          "escalation/test_exploration.py::"
          "test_without_a_defence_the_same_exploration_finds_the_harm")),
    ),
    "Flow": (
        ("denials as an oracle", "agents are told four codes", "reasons go to the log alone",
         (M + "test_a_denial_says_nothing_of_another_agents_manifest",
          B + "test_an_agent_learns_the_code_and_nothing_else")),
    ),
}  # fmt: skip

OTHERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("deny rules with `not`, `not in`, parentheses, functions or fields compared never fire",
     (P + "test_deny_rules_that_never_fire_elsewhere",)),
    ("rules that are garbage, or have garbage behind them, are loaded",
     (P + "test_garbage_stops_the_start",)),
    ("what no rule speaks of is allowed",
     ("runtime/test_gate.py::test_forbid_wins_errors_forbid_and_agents_learn_a_code",)),
    ("a rule that reads a missing attribute is skipped, and the permit wins",
     (P + "test_a_forbid_that_reads_a_missing_attribute",)),
    ("the audit hash leaves out decision, rule, target, trace, session and policy version",
     ("attacks/test_peers.py::test_no_field_of_a_decision_can_be_rewritten",)),
    ("a cut or rebuilt log verifies",
     ("log/test_attacks.py::test_a_restored_snapshot_is_refused_by_what_is_known",
      "log/test_verify_trust.py::test_a_key_swapped_inside_the_log_passes_only_where_no_key_is_known")),
    ("an export stops at 10,000 entries and does not say so",
     ("attacks/test_peers.py::test_nothing_is_left_out_behind_the_ten_thousandth_entry",)),
    ("a bogus delegation verifies when its giver is not registered",
     (P + "test_a_delegation_whose_parent_nobody_knows",)),
    ("a count across agents counts each apart",
     (P + "test_counts_across_agents_are_across_agents",)),
    ("an agent registers a manifest that it signed itself",
     ("attacks/test_peers.py::test_nobody_registers_a_manifest_of_their_own",)),
    ("whoever is deeper in the same trace counts as caused by it",
     ("graphs/test_lineage.py::test_reach_agrees_with_the_twin_whatever_the_record",)),
    ("one conversation's state enters another's",
     ("runtime/test_member.py::test_a_new_task_begins_with_an_empty_context",)),
    ("limits and labels are read from the call that they limit",
     ("attacks/test_peers.py::test_limits_and_labels_never_come_from_the_call",)),
    ("what carries no label passes as harmless",
     ("policy/test_request_context.py::test_a_missing_label_is_the_most_restricted",)),
    ("an approver is a name that somebody types",
     (E + "test_a_stranger_signs_with_their_own_key",)),
    ("an approval counts after its time", (E + "test_a_late_yes",)),
    ("one key under two ids meets a quorum of two",
     (M + "test_one_key_under_two_ids_is_one_person", E + "test_two_keys_one_person")),
    ("a constitution that nothing asks",
     ("attacks/test_constitution.py::"
      "test_the_judge_of_these_tests_sees_it_when_the_constitution_is_not_asked",)),
    ("agreement of one model under several names is a consensus",
     (P + "test_sock_puppets_of_one_model_family",)),
)  # fmt: skip

GAPS = (
    ("a hook of the host rewrites the call after the permit",
     "no adapter here has such hooks; comes with the adapters for frameworks"),
    ("deputy confused through memory; injected text asks for an endorsement; origin sets overflow",
     "needs computed labels; until then no agent may endorse, and stores are granted by key"),
    ("whitespace channel through a relay", "a declared channel that the map will list, not close"),
    ("self-replicating notes, swapped account numbers in text",
     "nothing here reads text; labels will say where it came from"),
    ("a gate that crashes inside each host, tool titles that change, DNS rebinding",
     "comes with the adapters and the proxy"),
    ("a plugin that loads itself", "there are no plugins yet"),
    ("cascades, collusion, blame that is declared and not measured",
     "no gate sees them; they are for the detectors and the attribution"),
)  # fmt: skip


def page() -> str:
    """Return the page; a test that it names and that is not there is an error."""
    parts = [HEAD]
    for title, rows in SECTIONS.items():
        shown = [[attack, holds, by, named(tests)] for attack, holds, by, tests in rows]
        parts += [f"## {title}\n", table(["attack", "holds", "defence", "tried in"], shown)]
    parts += [PEERS, table(["elsewhere", "tried in"], [[w, named(t)] for w, t in OTHERS])]
    parts += [BAD, table(["what", "in `make test`", "on demand"], RANDOM), FOUND]
    parts += [NOT_YET, table(["attack", "why not"], GAPS)]
    return "\n".join(parts)


def named(tests: tuple[str, ...]) -> str:
    """Name some tests; one that takes its defence away by a parameter says so."""
    return "<br>".join(_named(test) for test in tests)


def _named(test: str) -> str:
    file, _, name = test.partition("::")
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    found = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == name]
    if not found:
        raise LookupError(f"tests/{file} has no `{name}`; mend docs/render/security_tests.py")
    both = any(argument.arg == "defended" for argument in found[0].args.args)
    return f"`{file.removesuffix('.py')}` {name.removeprefix('test_').replace('_', ' ')}" + (
        " *(both)*" if both else ""
    )
