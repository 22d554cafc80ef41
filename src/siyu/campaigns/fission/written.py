"""Read a plan as it is written: YAML or JSON, and the line of every part, so that what is wrong is found at once."""

from dataclasses import dataclass
from typing import Any, Final

import yaml

from siyu.campaigns.fission.plan import FissionPlan, plan_of
from siyu.campaigns.journey.place import Fault, FaultyError, compose
from siyu.kernel.errors import BadInputError

_DEEPEST: Final = 8


@dataclass(frozen=True, slots=True)
class WrittenPlan:
    """A plan and where its parts are written.

    Attributes:
        lines: The line, from 1, of each part by its path: ``mechanism.stages[0].gives``.
    """

    plan: FissionPlan
    lines: dict[str, int]

    def line_of(self, where: str) -> int:
        """Return the line of a part, or of the nearest part around it that is written."""
        return _nearest(self.lines, where)


def read_plan(text: str, *, file: str) -> WrittenPlan:
    """Read a plan.

    Raises:
        BadInputError: it is no YAML, or a part is missing, unknown, written twice or of the wrong type; with its line.
    """
    root = compose(text.removeprefix("\ufeff"))
    if isinstance(root, Fault):
        raise FaultyError([root], file=file)
    lines: dict[str, int] = {}
    written = _value(root, "", lines, file)
    try:
        return WrittenPlan(plan_of(written), lines)
    except BadInputError as error:
        where = f"{file}, line {_nearest(lines, error.where)}"
        raise BadInputError(f"{error.where}: {error.what}" if error.where else error.what, where=where,
                            mend=error.mend) from None  # fmt: skip


def _value(node: yaml.Node, path: str, lines: dict[str, int], file: str) -> Any:
    """Return the value of a node, and note the line of everything in it."""
    lines.setdefault(path, node.start_mark.line + 1)
    if path.count(".") + path.count("[") > _DEEPEST:
        raise BadInputError("nested too deeply", where=f"{file}, line {node.start_mark.line + 1}")
    if isinstance(node, yaml.MappingNode):
        found: dict[Any, Any] = {}
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else str(key.start_mark.line)
            if name in found:
                where = f"{file}, line {key.start_mark.line + 1}"
                raise BadInputError(f"{name!r} is written twice", where=where, mend="keep one")
            inside = f"{path}.{name}" if path else name
            lines[inside] = key.start_mark.line + 1
            found[name] = _value(value, inside, lines, file)
        return found
    if isinstance(node, yaml.SequenceNode):
        return [_value(one, f"{path}[{place}]", lines, file) for place, one in enumerate(node.value)]
    constructor = yaml.SafeLoader("")
    try:
        return constructor.construct_object(node)
    except (yaml.YAMLError, ValueError) as error:
        where = f"{file}, line {node.start_mark.line + 1}"
        raise BadInputError(f"{path}: {' '.join(str(error).split())}", where=where) from None


def _nearest(lines: dict[str, int], where: str) -> int:
    """Return the line of a path, or of the longest beginning of it that is written."""
    while where not in lines:
        cut = max(where.rfind("."), where.rfind("["))
        if cut < 0:
            return lines.get("", 1)
        where = where[:cut]
    return lines[where]
