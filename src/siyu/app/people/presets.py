"""Segments that come with the product: read from ``presets.yaml`` beside this file."""

from collections.abc import Mapping
from importlib.resources import files

from siyu.app.workspace import Workspace
from siyu.people.segment import Segment
from siyu.people.segment_language import read_segments


def preset_segments(workspace: Workspace) -> Mapping[str, Segment]:
    """Return the presets by name."""
    text = files("siyu.app.people").joinpath("presets.yaml").read_text("utf-8")
    found = read_segments(text, file="presets.yaml", currency=workspace.settings.brand.currency)
    return {one.name: one for one in found}
