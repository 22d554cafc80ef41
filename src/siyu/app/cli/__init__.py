"""The command line: ``siyu``. Each file of this folder is one command or group, found by its name."""

import sys
from pathlib import Path
from pkgutil import iter_modules

from cyclopts import App, CycloptsError

from siyu import __version__
from siyu.app.cli.answer import failed
from siyu.kernel.errors import SiyuError

#: Every module here is a command; these are not.
_NOT_COMMANDS = {"answer"}


def build() -> App:
    """Collect the commands without importing what they need: a command is imported when it is called."""
    app = App(name="siyu", help="Siyu 私域: the people a brand may reach again and again.", version=__version__)
    for module in iter_modules(__path__):
        if module.name not in _NOT_COMMANDS:
            name = module.name.rstrip("_").replace("_", "-")
            app.command(f"{__name__}.{module.name}:app", name=name, help=_help(module.name))
    return app


def _help(module: str) -> str:
    """Return what the first line of a command's file says after its name."""
    first = (Path(__file__).parent / f"{module}.py").read_text("utf-8").partition("\n")[0]
    says = first.strip('"').partition("``: ")[2]
    return says[:1].upper() + says[1:]


def main() -> None:
    """Run the command line; 0 is success, 2 is bad usage or bad input, 130 is Ctrl-C."""
    try:
        build()(print_error=False, exit_on_error=False)
    except (SiyuError, CycloptsError) as error:
        sys.exit(failed(error))
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)
