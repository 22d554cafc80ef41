"""The command line: ``siyu``. Each file of this folder is one command or group, found by its name."""

import sys
from pathlib import Path
from pkgutil import iter_modules

from cyclopts import App, CycloptsError

from siyu import __version__
from siyu.app.cli.answer import failed
from siyu.kernel.errors import ConfigError, SiyuError

#: Every module here is a command; these are not.
_NOT_COMMANDS = {"answer"}


def build() -> App:
    """Collect the commands without importing what they need: a command is imported when it is called."""
    says = "Siyu 私域: the people a brand may reach again and again."
    app = App(name="siyu", help=says, version=__version__, suppress_keyboard_interrupt=False)
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
    except KeyboardInterrupt as stop:
        # a command that has more to say than this gives it to the exception
        sys.stderr.write(f"{str(stop) or 'stopped'}\n")
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)
    except Exception as error:
        said = _of_this_machine(error)
        if said is None:
            raise  # an error of ours: its whole story helps to mend it
        sys.exit(failed(ConfigError(said)))


def _of_this_machine(error: Exception) -> str | None:
    """Say what the machine could not do: a full disk, a folder that may not be written, a database that is locked."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    database = sys.modules.get("sqlalchemy.exc")  # where it is not loaded, it has not failed
    if database is not None and isinstance(error, database.OperationalError):
        return f"the database says: {error.orig} (what was done before stays; run it again when this is mended)"
    return None
