"""What a poster (海报) is drawn from: a template, a photo and a font, read from files."""

from pathlib import Path
from typing import Final

from PIL import Image, UnidentifiedImageError

from siyu.app.yaml_file import read_yaml
from siyu.content.poster import PosterTemplate, template_of
from siyu.content.poster_drawing import PosterPress
from siyu.kernel.errors import BadInputError, ConfigError

#: Fonts with Chinese letters where systems put them.
_FONTS: Final = (
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/System/Library/Fonts/PingFang.ttc",
    "/System/Library/Fonts/STHeiti Medium.ttc",
)
_PHOTOS: Final = (".jpg", ".jpeg", ".png")


def press_of(template: Path, *, photo: Path | None = None, font: Path | None = None) -> PosterPress:
    """Make the press of a template.

    Args:
        photo: The template's photo; a picture of the template's own name beside it if nobody names one.
        font: A font with the letters of the names; one that the system has if nobody names one.

    Raises:
        BadInputError: a file cannot be read.
        ConfigError: no font with Chinese letters was found.
    """
    if photo is None:
        photo = next((one for end in _PHOTOS if (one := template.with_suffix(end)).is_file()), None)
    return PosterPress(read_template(template), font=_font(font), photo=read_picture(photo) if photo else None)


def read_template(file: Path) -> PosterTemplate:
    """Read a template.

    Raises:
        BadInputError: there is none, or it is wrong.
    """
    return template_of(read_yaml(file))


def read_picture(file: Path) -> Image.Image:
    """Read a picture.

    Raises:
        BadInputError: it is none.
    """
    try:
        with Image.open(file) as opened:
            return opened.convert("RGB")
    except (OSError, UnidentifiedImageError) as error:
        raise BadInputError(f"is no picture ({error})", where=str(file)) from error


def _font(chosen: Path | None) -> bytes:
    for file in [chosen] if chosen else [Path(one) for one in _FONTS]:
        if file.exists():
            return file.read_bytes()
    raise ConfigError("no font with Chinese letters was found: install fonts-wqy-microhei, or name one with --font")
