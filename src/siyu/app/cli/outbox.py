"""``siyu outbox``: every message once; stop it, let it go, settle what nobody can ask."""

from pathlib import Path
from typing import Final, Literal

from cyclopts import App

from siyu.app.cli.answer import answer
from siyu.app.workspace import open_workspace
from siyu.kernel.errors import BadInputError
from siyu.kernel.ids import id_of_text, id_text
from siyu.kernel.period import DAY

app = App(name="outbox", help="Every message once; stop it, let it go, settle what nobody can ask.")

#: What staff sent so lately is counted, and so many messages that were given up are named.
_LATELY: Final = 7 * DAY
_SHOWN: Final = 50


def _check_name(what: str) -> None:
    """Make sure that a pause stops something: a slip of the pen would let everything go on."""
    from siyu.channels.manifest import manifests  # noqa: PLC0415  keeps `siyu --help` light

    kind, _, name = what.partition(":")
    if what == "*" or (kind in {"play", "staff", "code"} and name.strip()):
        return
    channel, slash, account = what.partition("/")
    if channel not in manifests() or (slash and not account):
        raise BadInputError(
            f"nothing is called {what!r}",
            mend="*, a channel such as wecom, channel/account, play:name, staff:name or code:name",
        )


@app.command
def status(*, workspace: Path | None = None, json: bool = False) -> None:
    """Count messages by state; say what is paused, what the owner should look at, what waits for staff, what they did.

    Lately is in the last seven days.

    Args:
        workspace: The folder; ``$SIYU_WORKSPACE`` or ``.workspace`` if left out.
        json: Answer with one JSON document.
    """
    from siyu.app.dispatch.brake_tasks import brake_tasks  # noqa: PLC0415  keeps `siyu --help` light
    from siyu.app.dispatch.staff_tasks import staff_results, staff_tasks  # noqa: PLC0415
    from siyu.stores.sql.outbox import SqlOutbox  # noqa: PLC0415
    from siyu.stores.sql.pauses import SqlPauses  # noqa: PLC0415

    opened = open_workspace(workspace)
    with opened.database.read() as connection:
        outbox, paused = SqlOutbox(connection), SqlPauses(connection).told()
        counts, given_up = outbox.counts(), outbox.given_up(most=_SHOWN)
        by_staff = outbox.by_staff(since_us=opened.clock.now_us() - _LATELY)
    tasks, results, braked = staff_tasks(opened), staff_results(opened), brake_tasks(opened)
    opened.close()
    answer(
        {
            "messages": counts,
            "paused": paused,
            "brake_tasks": braked,
            "given_up": [
                {"message": id_text(one.message_id), "channel": one.channel, "account": one.account, "play": one.play,
                 "tries": one.attempts, "why": one.detail}
                for one in given_up
            ],
            "sent_by_staff": by_staff,
            "staff_tasks": tasks,
            "staff_results": results,
        },
        json=json,
    )  # fmt: skip


@app.command
def pause(what: str = "*", *, reason: str = "by hand", workspace: Path | None = None, json: bool = False) -> None:
    """Stop what would go out; nothing is lost.

    Args:
        what: ``*`` for all, a channel, ``channel/account``, ``play:name``, ``staff:name`` or ``code:name``.
        reason: Is shown wherever something waits because of it.
        workspace: The folder; ``$SIYU_WORKSPACE`` or ``.workspace`` if left out.
        json: Answer with one JSON document.
    """
    from siyu.policy.reasons import is_braked  # noqa: PLC0415  keeps `siyu --help` light
    from siyu.stores.sql.pauses import SqlPauses  # noqa: PLC0415

    _check_name(what)
    with open_workspace(workspace) as opened, opened.database.write() as connection:
        pauses = SqlPauses(connection)
        if not is_braked(pauses.all().get(what, "")):  # else it stands still already, and only a name lets it go
            pauses.put(what, reason=reason, now_us=opened.clock.now_us())
        paused = pauses.told()
    answer({"paused": paused}, json=json)


@app.command
def resume(
    what: str = "*", *, by: str = "", reason: str = "", workspace: Path | None = None, json: bool = False
) -> None:
    """Let it go again; what waited is judged once more before it goes, and nothing goes twice.

    What was not paused stays as it is, and the answer says so. What the brake holds is let go as by ``siyu policy
    release``: somebody says who they are and why, and that is kept.

    Args:
        what: As it was paused.
        by: Who lets go what the brake holds.
        reason: What was found and done about it.
        workspace: The folder; ``$SIYU_WORKSPACE`` or ``.workspace`` if left out.
        json: Answer with one JSON document.
    """
    from siyu.app.dispatch.brake_tasks import let_go  # noqa: PLC0415  keeps `siyu --help` light
    from siyu.stores.sql.pauses import SqlPauses  # noqa: PLC0415

    with open_workspace(workspace) as opened:
        was = let_go(opened, what, by=by, because=reason)
        with opened.database.read() as connection:
            paused = SqlPauses(connection).told()
    if not was:
        _check_name(what)
    answer({"resumed": what if was else None, "paused": paused}, json=json)


@app.command
def cancel(
    *, play: str = "", channel: str = "", everything: bool = False, workspace: Path | None = None, json: bool = False
) -> None:
    """Cancel what has not gone out yet.

    Args:
        play: Of one play.
        channel: Of one channel.
        everything: Of all; must be said on purpose.
        workspace: The folder; ``$SIYU_WORKSPACE`` or ``.workspace`` if left out.
        json: Answer with one JSON document.
    """
    from siyu.stores.sql.outbox import SqlOutbox  # noqa: PLC0415  keeps `siyu --help` light

    if not (play or channel or everything):
        raise BadInputError("say what to cancel", mend="--play NAME, --channel NAME or --everything")
    opened = open_workspace(workspace)
    with opened.database.write() as connection:
        cancelled = SqlOutbox(connection).cancel(
            play=play, channel=channel, reason="cancelled by hand", now_us=opened.clock.now_us()
        )
    opened.close()
    answer({"cancelled": cancelled}, json=json)


@app.command
def replay(
    message: str | None = None,
    *,
    channel: str = "",
    account: str = "",
    everything: bool = False,
    workspace: Path | None = None,
    json: bool = False,
) -> None:
    """Let what was given up be tried once more, with all its tries; it is judged again before it goes.

    Args:
        message: One message, as ``siyu outbox status`` names it.
        channel: All of a channel.
        account: All of an account.
        everything: All; must be said on purpose.
        workspace: The folder; ``$SIYU_WORKSPACE`` or ``.workspace`` if left out.
        json: Answer with one JSON document.
    """
    from siyu.stores.sql.outbox import SqlOutbox  # noqa: PLC0415  keeps `siyu --help` light

    if not (message or channel or account or everything):
        raise BadInputError("say what to try once more", mend="ID, --channel NAME, --account NAME or --everything")
    wanted = id_of_text(message) if message else b""
    with open_workspace(workspace) as opened, opened.database.write() as connection:
        replayed = SqlOutbox(connection).replay(
            message_id=wanted, channel=channel, account=account, now_us=opened.clock.now_us()
        )
    if message and not replayed:
        raise BadInputError(f"{message} was not given up, or its deadline has passed", mend="siyu outbox status")
    answer({"replayed": replayed}, json=json)


@app.command
def settle(
    message: str | None = None,
    outcome: Literal["sent", "failed"] | None = None,
    *,
    workspace: Path | None = None,
    json: bool = False,
) -> None:
    """Ask the platforms about every message whose end is not known; or settle one by hand.

    Args:
        message: One message that no platform can be asked about.
        outcome: What became of it, as a person found out.
        workspace: The folder; ``$SIYU_WORKSPACE`` or ``.workspace`` if left out.
        json: Answer with one JSON document.
    """
    from siyu.app.dispatch.settle import settle_all, settle_by_hand  # noqa: PLC0415  keeps `siyu --help` light

    if (message is None) != (outcome is None):
        raise BadInputError("give both a message and its outcome, or neither", mend="siyu outbox settle ID sent")
    opened = open_workspace(workspace)
    try:
        if message is not None and outcome is not None:
            answer(settle_by_hand(opened, message, reached=outcome == "sent"), json=json)
        else:
            answer(settle_all(opened), json=json)
    finally:
        opened.close()
