"""The guard and the outbox: verdicts a second with every rule on, claims and acknowledgements a second, memory.

Verdicts: proposals of different people wait; one round of judging reads the facts, asks all rules, keeps each verdict
and puts what is allowed into the outbox, durable, all in this one process. Outbox: claim in batches of 10,000, then
settle, once with one end for a whole batch, as a task of the platform ends, and once with an end of its own for each
message. The peer works on the same table in the same run: a bare ``UPDATE … RETURNING`` to claim and a bare ``UPDATE``
to settle, whole batches in one statement each, keeping nothing for each message. Rates are for the processor time of
this process (and, in brackets, of the clock); the machine may be shared. PostgreSQL runs as a durable cluster of its
own where it is installed; its own processes count by the clock only.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from postgres import cluster
from siyu.app.clock import VirtualClock
from siyu.app.policy.judge import judge_due
from siyu.app.policy.rules import rules_of
from siyu.app.take_in import TakeIn
from siyu.app.workspace import Workspace, open_workspace
from siyu.campaigns.proposal import Proposal, proposal_id
from siyu.content.piece import Piece
from siyu.dispatch.message import MessageState, Receipt
from siyu.dispatch.outgoing import Outgoing
from siyu.kernel.period import DAY
from siyu.policy.guard import Rule
from siyu.stores.sql.outbox import SqlOutbox
from siyu.stores.sql.proposals import SqlProposals
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, touch

NOW_US = 1_781_056_800_000_000
PEOPLE = 20_000
BATCH = 10_000
#: Messages of one outbox run, and pushed through while memory is looked at.
MESSAGES = int(os.environ.get("BENCH_MESSAGES", "50000"))
FOR_MEMORY = 20 * MESSAGES


def open_shop(folder: Path, url: str = "") -> tuple[Workspace, VirtualClock]:
    (folder / "siyu.toml").write_text(
        f'database_url = "{url}"\n[policy]\nholdout_share = 0.0\nstaff_a_day = 1000000\n', "utf-8"
    )
    clock = VirtualClock(NOW_US)
    return open_workspace(folder, clock=clock), clock


def people_come(workspace: Workspace) -> None:
    at_us, take_in = NOW_US - 80 * DAY, TakeIn(workspace)
    for start in range(0, PEOPLE, 1_000):
        touches = []
        for number in range(start, start + 1_000):
            who = (Identifier("external_userid@corp", f"wm{number}"), Identifier("member_no", str(number)))
            touches += [
                touch("wecom", kind, account="corp", actors=who, staff=f"s{number % 100}",
                      happened_at_us=at_us, received_at_us=at_us, event_key=f"{kind}{number}")
                for kind in (TouchKind.CONTACT_ADDED, TouchKind.CONSENT_GIVEN, TouchKind.ORDER_PAID)
            ]  # fmt: skip
        take_in.take(touches)
    take_in.count_up()


def one(number: int, person: int, now_us: int) -> Proposal:
    return Proposal(
        proposal_id=proposal_id("bench", number, now_us), play="bench", person_id=person, purpose="marketing",
        channel="wecom", action="mass_send", piece=Piece(content_id="c", text="新品到店，欢迎来看"),
        expected_value_minor=float(number % 97), proposed_at_us=now_us, due_at_us=now_us, deadline_us=now_us + 5 * DAY,
    )  # fmt: skip


def rate(work: Callable[[], int]) -> tuple[float, float]:
    began, cpu = time.perf_counter(), time.process_time()
    done = work()
    return done / (time.process_time() - cpu), done / (time.perf_counter() - began)


#: The twelve that speak of every mass send; the others are asked once for all messages of a kind.
TWELVE = frozenset({
    "holdout", "contact_basis", "relation", "minors", "consent", "personalised", "open_complaint", "quiet_hours",
    "frequency_cap", "play_cap", "platform_quota", "staff_load",
})  # fmt: skip


def verdicts(workspace: Workspace, clock: VirtualClock, rules: list[Rule]) -> tuple[float, float]:
    runs = []
    for _ in range(3):
        now_us = clock.now_us()
        with workspace.database.read() as connection:
            persons = [row[0] for row in connection.exec_driver_sql("SELECT DISTINCT person_id FROM identifier")]
        with workspace.database.write() as connection:
            store = SqlProposals(connection)
            store.assign("bench", dict.fromkeys(persons, True), holdout_share=0.0, now_us=now_us)
            store.add([one(number, person, now_us) for number, person in enumerate(persons)])

        def judged() -> int:
            done = judge_due(workspace, rules=rules)
            return done.approved + sum(done.held.values()) + sum(done.denied.values())

        runs.append(rate(judged))
        clock.advance_to(now_us + 8 * DAY)
    return sorted(runs)[1]


def fill(workspace: Workspace, messages: int, now_us: int) -> None:
    for start in range(0, messages, 20_000):
        part = [
            Outgoing(
                message_id=(now_us + start + number).to_bytes(8, "big") + number.to_bytes(8, "big"),
                proposal=one(start + number, 1 + number % PEOPLE, now_us), identifier_id=1 + number % PEOPLE,
                account="corp", staff="s1",
            )
            for number in range(min(20_000, messages - start))
        ]  # fmt: skip
        with workspace.database.write() as connection:
            SqlOutbox(connection).put(part, now_us=now_us)


def ours(workspace: Workspace, now_us: int, *, alike: bool) -> int:
    done = 0
    while True:
        with workspace.database.write() as connection:
            claimed = SqlOutbox(connection).claim(channel="wecom", now_us=now_us, most=BATCH)
        if not claimed:
            return done
        receipts = [
            Receipt(item.message_id, MessageState.SENT, "task", now_us if alike else now_us + number)
            for number, item in enumerate(claimed)
        ]
        with workspace.database.write() as connection:
            SqlOutbox(connection).settle(receipts)
        done += len(claimed)


def bare(workspace: Workspace, now_us: int) -> int:
    mark = "?" if workspace.database.is_sqlite else "%s"
    claim = (
        f"UPDATE message SET state = 'claimed', claimed_at_us = {mark} WHERE message_id IN"
        f" (SELECT message_id FROM message WHERE todo = 1 AND state = 'ready' AND channel = 'wecom'"
        f" AND due_at_us <= {mark} ORDER BY deadline_us LIMIT {BATCH})"
        " RETURNING message_id, identifier_id, content"
    )
    settle = (
        f"UPDATE message SET state = 'sent', todo = NULL, task = 'task', settled_at_us = {mark}"
        " WHERE todo = 1 AND state = 'claimed'"
    )
    done = 0
    while True:
        with workspace.database.write() as connection:
            rows = connection.exec_driver_sql(claim, (now_us, now_us)).fetchall()
        if not rows:
            return done
        with workspace.database.write() as connection:
            connection.exec_driver_sql(settle, (now_us,))
        done += len(rows)


def outbox(workspace: Workspace, name: str, clock: VirtualClock) -> None:
    results = {}
    contenders: dict[str, Callable[[Workspace, int], int]] = {
        "bare UPDATE … RETURNING": bare,
        "siyu, one end a batch": lambda workspace, now_us: ours(workspace, now_us, alike=True),
        "siyu, one end each": lambda workspace, now_us: ours(workspace, now_us, alike=False),
    }
    for label, work in contenders.items():
        runs = []
        for _ in range(3):
            clock.advance_to(clock.now_us() + DAY)
            fill(workspace, MESSAGES, clock.now_us())
            runs.append(rate(lambda work=work: work(workspace, clock.now_us())))  # type: ignore[misc]  bound here
        results[label] = sorted(runs)[1]
    peer = results["bare UPDATE … RETURNING"]
    for label, (cpu, wall) in results.items():
        print(
            f"  {name:10}  {label:24} {cpu:10,.0f} a second of CPU  ({wall:8,.0f} by the clock)  {wall / peer[1]:.2f}x"
        )


def memory(workspace: Workspace, clock: VirtualClock) -> None:
    """Push messages through, and look at the memory after each tenth of them; SQLite's own pages are in it."""
    sizes = []
    for _ in range(10):
        clock.advance_to(clock.now_us() + DAY)
        fill(workspace, FOR_MEMORY // 10, clock.now_us())
        ours(workspace, clock.now_us(), alike=False)
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
        sizes.append(pages * os.sysconf("SC_PAGE_SIZE") / 2**20)
    print(f"  {FOR_MEMORY:,} messages: memory after each tenth {', '.join(f'{size:.0f}' for size in sizes)} MiB")


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as name:
        workspace, clock = open_shop(Path(name))
        people_come(workspace)
        all_rules = rules_of(workspace.settings)
        verdicts(workspace, clock, all_rules)  # people have heard from us before: there is something to count
        for rules in ([rule for rule in all_rules if rule.name in TWELVE], all_rules):
            cpu, wall = verdicts(workspace, clock, rules)
            print(
                f"  {len(rules)} rules, facts from SQLite, verdicts kept: {cpu:,.0f} a second of CPU"
                f" ({wall:,.0f} by the clock)"
            )
        outbox(workspace, "SQLite", clock)
        memory(workspace, clock)
        workspace.close()
    with cluster(durable=True) as server:
        if server is None:
            print("  PostgreSQL is not installed: not measured")
            return
        with tempfile.TemporaryDirectory() as name:
            workspace, clock = open_shop(Path(name), f"{server}/postgres")
            people_come(workspace)
            outbox(workspace, "PostgreSQL", clock)
            workspace.close()


if __name__ == "__main__":
    sys.exit(main())
