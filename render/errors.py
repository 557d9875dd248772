"""What can go wrong while rendering; every one is the caller's to repair.

RenderError
├── WindowError                 start > end, or not a number
├── UnknownLutError             no lookup table of that name
├── LutFileError                a file that holds no lookup table
├── ChannelCountError           planes and channel settings do not match
├── UnsupportedPixelTypeError   a dtype that cannot be rendered
├── UnsupportedFormatError      an image format that is not offered
└── SettingsError               any other setting outside its range
"""

from typing import ClassVar, Self


class RenderError(ValueError):
    """Base of all rendering errors.

    Attributes:
        code: Stable, machine-readable name of the error; part of the API.
        message: What is wrong, for a person.
        remedy: What to do about it, for a person; may be empty.
        path: Where in what was given, such as `channels`, 1, `window`; empty where there is no
            such place.
    """

    code: ClassVar[str] = "render"

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message if not remedy else f"{message} {remedy}")
        self.message = message
        self.remedy = remedy
        self.path: tuple[str | int, ...] = ()

    def at(self, *steps: str | int) -> Self:
        """Say where it happened, from the outside: further steps go in front."""
        self.path = (*steps, *self.path)
        return self


class WindowError(RenderError):
    """A window whose start is greater than its end, or whose ends are not numbers."""

    code = "invalid_window"


class UnknownLutError(RenderError):
    """No lookup table of that name."""

    code = "unknown_lut"


class LutFileError(RenderError):
    """A file that holds no lookup table."""

    code = "invalid_lut_file"


class ChannelCountError(RenderError):
    """The number of planes is not the number of active channels."""

    code = "channel_count"


class UnsupportedPixelTypeError(RenderError):
    """A dtype that cannot be rendered."""

    code = "unsupported_pixel_type"


class UnsupportedFormatError(RenderError):
    """An image format that is not offered."""

    code = "unsupported_format"


class SettingsError(RenderError):
    """A setting outside its range."""

    code = "invalid_settings"
