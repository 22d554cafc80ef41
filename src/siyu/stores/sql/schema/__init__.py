"""The tables, a file per room. Importing this package makes ``metadata`` complete."""

from importlib import import_module
from pkgutil import iter_modules

from siyu.stores.sql.schema.base import metadata

for _room in iter_modules(__path__):
    import_module(f"{__name__}.{_room.name}")

__all__ = ["metadata"]
