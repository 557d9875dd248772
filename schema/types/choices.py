"""OME's enumerations in GraphQL, with what each value means."""

import inspect
from collections.abc import Callable, Mapping
from enum import StrEnum

from schema.pagination import described
from store.models import enums

OTHER = "Something that OME has no word for."


def choice[E: StrEnum](kind: type[E]) -> Callable[[str], E | None]:
    """Make the function that turns a stored text into a value of an enumeration.

    What is none of its values is "Other" where there is one, else unknown.
    """
    values = {value.value: value for value in kind}
    other = values.get("Other")
    return lambda text: values.get(text, other)


def choices[E: StrEnum](kind: type[E]) -> Callable[[str], list[E]]:
    """Make the function that turns stored texts, separated by spaces, into values."""
    one = choice(kind)
    return lambda text: [value for word in text.split() if (value := one(word)) is not None]


def _described(kind: type[StrEnum], values: Mapping[str, str]) -> None:
    other = {"OTHER": OTHER} if "OTHER" in kind.__members__ else {}
    described(kind, inspect.getdoc(kind) or "", {**values, **other})


_described(
    enums.Binning,
    {
        "ONE_BY_ONE": "Every pixel for itself.",
        "TWO_BY_TWO": "4 pixels as one.",
        "FOUR_BY_FOUR": "16 pixels as one.",
        "EIGHT_BY_EIGHT": "64 pixels as one.",
    },
)
_described(
    enums.FontFamily,
    {
        "SERIF": "With serifs.",
        "SANS_SERIF": "Without serifs.",
        "CURSIVE": "As if written by hand.",
        "FANTASY": "Decorative.",
        "MONOSPACE": "All letters equally wide.",
    },
)
_described(
    enums.FontStyle,
    {
        "BOLD": "Bold.",
        "BOLD_ITALIC": "Bold and slanted.",
        "ITALIC": "Slanted.",
        "NORMAL": "Neither bold nor slanted.",
    },
)
_described(
    enums.FillRule,
    {
        "EVEN_ODD": "What is enclosed an odd number of times.",
        "NON_ZERO": "What the line goes around in one direction more often than in the other.",
    },
)
_described(enums.Marker, {"ARROW": "An arrow head."})
_described(enums.NamingConvention, {"LETTER": "A, B, C …, AA.", "NUMBER": "1, 2, 3 …"})
_described(enums.Compression, {"ZLIB": "By zlib.", "BZIP2": "By bzip2.", "NONE": "Not compressed."})
_described(
    enums.IlluminationType,
    {
        "TRANSMITTED": "Light went through the sample.",
        "EPIFLUORESCENCE": "Fluorescence was excited through the objective.",
        "OBLIQUE": "Light came from the side.",
        "NON_LINEAR": "By more than one photon at a time.",
    },
)
_described(
    enums.AcquisitionMode,
    {
        "WIDE_FIELD": "The whole field is lit and recorded at once.",
        "LASER_SCANNING_CONFOCAL_MICROSCOPY": "One focused laser beam scans; a pinhole sections.",
        "SPINNING_DISK_CONFOCAL": "Many pinholes on a spinning disk scan.",
        "SLIT_SCAN_CONFOCAL": "A line of light scans; a slit sections.",
        "MULTI_PHOTON_MICROSCOPY": "Several photons excite together, only in the focus.",
        "STRUCTURED_ILLUMINATION": "Patterns of light give more resolution.",
        "SINGLE_MOLECULE_IMAGING": "Single molecules are seen.",
        "TOTAL_INTERNAL_REFLECTION": "Only what touches the cover slip is lit.",
        "FLUORESCENCE_LIFETIME": "The time until fluorescence ends is measured.",
        "SPECTRAL_IMAGING": "A spectrum is recorded at each pixel.",
        "FLUORESCENCE_CORRELATION_SPECTROSCOPY": "Fluctuations of fluorescence are measured.",
        "NEAR_FIELD_SCANNING_OPTICAL_MICROSCOPY": "A tip scans close to the surface.",
        "SECOND_HARMONIC_GENERATION_IMAGING": "Light of twice the frequency is recorded.",
        "PALM": "Photo-activated localisation microscopy.",
        "STORM": "Stochastic optical reconstruction microscopy.",
        "STED": "Stimulated emission depletion.",
        "TIRF": "Total internal reflection fluorescence.",
        "FSM": "Fluorescent speckle microscopy.",
        "LCM": "Laser capture microdissection.",
        "BRIGHT_FIELD": "What the sample absorbs is seen.",
        "SWEPT_FIELD_CONFOCAL": "A field of pinholes or slits is swept over the sample.",
        "SPIM": "Selective plane illumination: a sheet of light.",
    },
)
_described(
    enums.ContrastMethod,
    {
        "BRIGHTFIELD": "Absorption.",
        "PHASE": "Phase contrast.",
        "DIC": "Differential interference contrast.",
        "HOFFMAN_MODULATION": "Hoffman modulation contrast.",
        "OBLIQUE_ILLUMINATION": "Light from the side.",
        "POLARIZED_LIGHT": "Polarised light.",
        "DARKFIELD": "Scattered light on a dark ground.",
        "FLUORESCENCE": "Fluorescence.",
    },
)
_described(
    enums.MicroscopeType,
    {
        "UPRIGHT": "Objective above the sample.",
        "INVERTED": "Objective below the sample.",
        "DISSECTION": "Stereo microscope for dissecting.",
        "ELECTROPHYSIOLOGY": "Fixed stage, for electrodes.",
    },
)
_described(
    enums.Correction,
    {
        "UV": "For ultraviolet light.",
        "PLAN_APO": "Plan apochromat: flat field, three or more colours.",
        "PLAN_FLUOR": "Plan fluorite: flat field, semi-apochromatic.",
        "SUPER_FLUOR": "Fluorite with high transmission in the ultraviolet.",
        "VIOLET_CORRECTED": "Corrected down to violet.",
        "ACHRO": "Achromat: two colours.",
        "ACHROMAT": "Achromat: two colours.",
        "FLUOR": "Fluorite: semi-apochromatic.",
        "FL": "Fluorite: semi-apochromatic.",
        "FLUAR": "Fluorite with high aperture and transmission.",
        "NEOFLUAR": "Fluorite: semi-apochromatic.",
        "FLUOTAR": "Fluorite: semi-apochromatic.",
        "APO": "Apochromat: three or more colours.",
        "PLAN_NEOFLUAR": "Plan fluorite: flat field, semi-apochromatic.",
    },
)
_described(
    enums.Immersion,
    {
        "OIL": "Oil.",
        "WATER": "Water under a cover slip.",
        "WATER_DIPPING": "Water, without a cover slip.",
        "AIR": "None: a dry objective.",
        "MULTI": "Several media.",
        "GLYCEROL": "Glycerol.",
    },
)
_described(enums.Medium, {"AIR": "Air.", "OIL": "Oil.", "WATER": "Water.", "GLYCEROL": "Glycerol."})
_described(
    enums.DetectorType,
    {
        "CCD": "Charge-coupled device.",
        "INTENSIFIED_CCD": "CCD behind an image intensifier.",
        "ANALOG_VIDEO": "Analogue video camera.",
        "PMT": "Photomultiplier tube.",
        "PHOTODIODE": "Photodiode.",
        "SPECTROSCOPY": "Spectrometer.",
        "LIFETIME_IMAGING": "Detector of fluorescence lifetimes.",
        "CORRELATION_SPECTROSCOPY": "Detector for correlation spectroscopy.",
        "FTIR": "Fourier-transform infrared spectrometer.",
        "EMCCD": "Electron-multiplying CCD.",
        "APD": "Avalanche photodiode.",
        "CMOS": "CMOS camera.",
        "EBCCD": "Electron-bombarded CCD.",
    },
)
_described(
    enums.FilterType,
    {
        "DICHROIC": "Reflects some wavelengths and passes others.",
        "LONG_PASS": "Passes long wavelengths.",
        "SHORT_PASS": "Passes short wavelengths.",
        "BAND_PASS": "Passes one band.",
        "MULTI_PASS": "Passes several bands.",
        "NEUTRAL_DENSITY": "Weakens all wavelengths alike.",
        "TUNEABLE": "Passes a band that can be moved.",
    },
)
_described(
    enums.LaserType,
    {
        "EXCIMER": "Excimer laser.",
        "GAS": "Gas laser.",
        "METAL_VAPOR": "Metal-vapour laser.",
        "SOLID_STATE": "Solid-state laser.",
        "DYE": "Dye laser.",
        "SEMICONDUCTOR": "Diode laser.",
        "FREE_ELECTRON": "Free-electron laser.",
    },
)
_described(
    enums.LaserMedium,
    {
        "CU": "Copper.",
        "AG": "Silver.",
        "AR_FL": "Argon fluoride.",
        "AR_CL": "Argon chloride.",
        "KR_FL": "Krypton fluoride.",
        "KR_CL": "Krypton chloride.",
        "XE_FL": "Xenon fluoride.",
        "XE_CL": "Xenon chloride.",
        "XE_BR": "Xenon bromide.",
        "N": "Nitrogen.",
        "AR": "Argon.",
        "KR": "Krypton.",
        "XE": "Xenon.",
        "HE_NE": "Helium and neon.",
        "HE_CD": "Helium and cadmium.",
        "CO": "Carbon monoxide.",
        "CO2": "Carbon dioxide.",
        "H2O": "Water.",
        "H_FL": "Hydrogen fluoride.",
        "ND_GLASS": "Neodymium in glass.",
        "ND_YAG": "Neodymium in yttrium aluminium garnet.",
        "ER_GLASS": "Erbium in glass.",
        "ER_YAG": "Erbium in yttrium aluminium garnet.",
        "HO_YLF": "Holmium in yttrium lithium fluoride.",
        "HO_YAG": "Holmium in yttrium aluminium garnet.",
        "RUBY": "Ruby.",
        "TI_SAPPHIRE": "Titanium in sapphire.",
        "ALEXANDRITE": "Alexandrite.",
        "RHODAMINE_6G": "The dye rhodamine 6G.",
        "COUMARIN_C30": "The dye coumarin C30.",
        "GA_AS": "Gallium arsenide.",
        "GA_AL_AS": "Gallium aluminium arsenide.",
        "E_MINUS": "Free electrons.",
    },
)
_described(
    enums.Pulse,
    {
        "CW": "Continuously.",
        "SINGLE": "One pulse.",
        "Q_SWITCHED": "Giant pulses by Q-switching.",
        "REPETITIVE": "Pulses one after another.",
        "MODE_LOCKED": "Very short pulses by locking modes.",
    },
)
_described(enums.ArcType, {"HG": "Mercury.", "XE": "Xenon.", "HG_XE": "Mercury and xenon."})
_described(enums.FilamentType, {"INCANDESCENT": "Glowing wire.", "HALOGEN": "Halogen lamp."})
_described(
    enums.ExperimentType,
    {
        "FP": "Fluorescent proteins.",
        "FRET": "Förster resonance energy transfer.",
        "TIME_LAPSE": "Pictures at intervals of time.",
        "FOUR_D_PLUS": "Volumes over time, or more dimensions.",
        "SCREEN": "Many conditions, mostly in plates.",
        "IMMUNOCYTOCHEMISTRY": "Cells stained with antibodies.",
        "IMMUNOFLUORESCENCE": "Antibodies that fluoresce.",
        "FISH": "Fluorescence in situ hybridisation.",
        "ELECTROPHYSIOLOGY": "Electrical measurement.",
        "ION_IMAGING": "Concentrations of ions.",
        "COLOCALIZATION": "What lies together.",
        "PGI_DOCUMENTATION": "Picture of a gel or plate, as a record.",
        "FLUORESCENCE_LIFETIME": "Lifetimes of fluorescence.",
        "SPECTRAL_IMAGING": "Spectra.",
        "PHOTOBLEACHING": "Bleaching by light.",
        "SPIM": "Light sheet microscopy.",
    },
)
_described(
    enums.MicrobeamManipulationType,
    {
        "FRAP": "Fluorescence recovery after photobleaching.",
        "FLIP": "Fluorescence loss in photobleaching.",
        "INVERSE_FRAP": "All but one region is bleached.",
        "PHOTOABLATION": "Structures are destroyed.",
        "PHOTOACTIVATION": "Molecules are switched on.",
        "UNCAGING": "Molecules are set free.",
        "OPTICAL_TRAPPING": "Things are held and moved.",
    },
)
_described(
    enums.JobStatus,
    {
        "SUBMITTED": "Waits for its turn.",
        "RUNNING": "Is being done.",
        "FINISHED": "Done.",
        "ERROR": "Failed; the message says why.",
        "CANCELLED": "Stopped by somebody.",
    },
)
_described(
    enums.RunStatus,
    {
        "RUNNING": "Not ended yet.",
        "FINISHED": "Ended well.",
        "ERROR": "Failed.",
        "CANCELLED": "Stopped by somebody.",
    },
)
_described(enums.RunRole, {"INPUT": "The run read it.", "OUTPUT": "The run made it."})
_described(
    enums.EventType,
    {
        "USER": "Somebody changed something.",
        "IMPORT": "Files were imported.",
        "INTERNAL": "The server itself changed something.",
        "TASK": "A script or job changed something.",
    },
)
_described(
    enums.AnnotationKind,
    {
        "COMMENT": "Free text.",
        "TAG": "A tag, or a set of tags.",
        "XML": "An XML document or fragment.",
        "LONG": "A whole number.",
        "DOUBLE": "A number.",
        "BOOLEAN": "True or false.",
        "TIMESTAMP": "A point in time.",
        "TERM": "A term of an ontology.",
        "MAP": "Pairs of key and value.",
        "FILE": "A file.",
        "LIST": "A list of annotations.",
    },
)
_described(
    enums.ShapeKind,
    {
        "RECTANGLE": "A rectangle.",
        "ELLIPSE": "An ellipse.",
        "POINT": "A point.",
        "LINE": "A line between two points.",
        "POLYLINE": "An open line through points.",
        "POLYGON": "A closed line through points.",
        "LABEL": "A text at a point.",
        "MASK": "A bitmap in a rectangle.",
    },
)
