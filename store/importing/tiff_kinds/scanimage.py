"""ScanImage: two-photon stacks, as tifffile counts their slices, frames and channels."""

from typing import Any

from store.importing.clean import originals_of, positive
from store.importing.facts import Acquired, FoundImage, MicroscopeFacts
from store.importing.tiff_pages import TiffPages
from store.importing.tiff_series import layouts, series_of


def read(pages: TiffPages) -> list[FoundImage]:
    """The one image of a file."""
    said: dict[str, Any] = pages.library.scanimage_metadata or {}
    frame: Any = said.get("FrameData") or {}
    step = positive(frame.get("SI.hStackManager.actualStackZStepSize")) or positive(
        frame.get("SI.hStackManager.stackZStepSize")
    )
    period = positive(frame.get("SI.hRoiManager.scanFramePeriod"))
    return [
        FoundImage(
            Acquired(
                pages.name,
                size_z_um=step if layout.size_z > 1 else None,
                interval_s=period if layout.size_t > 1 else None,
                microscope=MicroscopeFacts("MBF Bioscience (Vidrio)"),
                originals=list(originals_of(frame)),
            ),
            layout,
        )
        for layout in layouts(series_of(pages)[0])
    ]
