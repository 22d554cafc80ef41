"""Everybody's own poster (个人海报): the template that the plan names, with one's name and one's own code.

Drawn when it is asked for (``GET /poster/CODE``), or for everybody who has a code at once (``siyu fission posters``).
"""

from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from sqlalchemy import Connection

from siyu.app.fission.kept import plan_kept
from siyu.app.posters import press_of
from siyu.app.workspace import Workspace
from siyu.campaigns.fission.plan import FissionPlan
from siyu.content.poster_drawing import PosterFor, PosterPress
from siyu.kernel.errors import BadInputError
from siyu.stores.sql.invites import Shown, SqlInvites
from siyu.stores.sql.vault_rows import SqlVault

#: Where the templates of a workspace are.
FOLDER: Final = "posters"
_BATCH: Final = 500
#: How somebody is called whose name nobody knows.
_FRIEND: Final = "朋友"


def poster_of(workspace: Workspace, code: str) -> bytes:
    """Draw the poster of whoever has a code, as a JPEG.

    Raises:
        BadInputError: there is no such code, or its campaign has no poster.
    """
    with workspace.database.read() as connection:
        found = SqlInvites(connection).code(code)
        if found is None:
            raise BadInputError(f"there is no code {code!r}", where="code")
        campaign, shown = found
        plan = plan_kept(connection, campaign)
        people = _people(workspace, connection, plan, [shown])
    return _press(workspace, plan).posters(people)[0]


def draw_posters(workspace: Workspace, campaign: str, out: Path) -> int:
    """Draw the posters of everybody who has a code of a campaign, each as ``<code>.jpg``; return how many.

    Raises:
        BadInputError: there is no such campaign, it has no poster, or the folder cannot be written.
    """
    with workspace.database.read() as connection:
        plan = plan_kept(connection, campaign)
        shown = SqlInvites(connection).codes(campaign)
        people = _people(workspace, connection, plan, shown)
    press = _press(workspace, plan)
    try:
        out.mkdir(parents=True, exist_ok=True)
        for first in range(0, len(people), _BATCH):
            pictures = press.posters(people[first : first + _BATCH])
            for one, picture in zip(shown[first : first + _BATCH], pictures, strict=True):
                (out / f"{one.code.replace('/', '_')}.jpg").write_bytes(picture)
    except OSError as error:
        raise BadInputError(f"cannot be written: {error.strerror}", where=str(out)) from error
    return len(people)


def template_file(folder: Path, name: str) -> Path:
    """Return where a workspace keeps a template."""
    return folder / FOLDER / f"{name}.yaml"


def _press(workspace: Workspace, plan: FissionPlan) -> PosterPress:
    name = plan.communication.poster
    if not name:
        raise BadInputError(f"{plan.name} has no poster", where="communication.poster", mend="name a template")
    return press_of(template_file(workspace.folder, name))


def _people(workspace: Workspace, connection: Connection, plan: FissionPlan, shown: list[Shown]) -> list[PosterFor]:
    known = SqlVault(connection, workspace.vault).of_people(sorted({one.person for one in shown}))
    names = {
        person: next((value for _, field, value in fields if field == "name"), _FRIEND)
        for person, fields in known.items()
    }
    return [
        PosterFor(_own(plan.communication.link, one.code), {"name": names.get(one.person, _FRIEND), "code": one.code})
        for one in shown
    ]


def _own(link: str, code: str) -> str:
    """Return the campaign's link with somebody's code in it, by which the invitation comes back."""
    parts = urlsplit(link)
    query = [*parse_qsl(parts.query, keep_blank_values=True), ("code", code), ("means", "poster")]
    return urlunsplit(parts._replace(query=urlencode(query))) if link else code
