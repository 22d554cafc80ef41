"""Read a YAML file that somebody wrote."""

from pathlib import Path
from typing import Any

import yaml

from siyu.kernel.errors import BadInputError


def read_yaml(file: Path) -> Any:
    """Return what a file says.

    Raises:
        BadInputError: it cannot be read, or is no YAML.
    """
    try:
        return yaml.safe_load(file.read_text("utf-8-sig"))
    except OSError as error:
        raise BadInputError(f"cannot be read: {error.strerror}", where=str(file)) from error
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadInputError(" ".join(str(error).split()), where=str(file)) from error
