"""Closed sets of values: OME's enumerations and our own."""

from enum import StrEnum


class PixelType(StrEnum):
    """Sample types of OME-XML 2016-06, and three that TIFF files hold beyond it."""

    BIT = "bit"
    INT8 = "int8"
    INT16 = "int16"
    INT32 = "int32"
    INT64 = "int64"
    UINT8 = "uint8"
    UINT16 = "uint16"
    UINT32 = "uint32"
    UINT64 = "uint64"
    HALF = "half"
    FLOAT = "float"
    DOUBLE = "double"
    COMPLEX = "complex"
    DOUBLE_COMPLEX = "double-complex"


class DimensionOrder(StrEnum):
    """Order in which planes follow each other in the file, fastest first."""

    XYZCT = "XYZCT"
    XYZTC = "XYZTC"
    XYCTZ = "XYCTZ"
    XYCZT = "XYCZT"
    XYTCZ = "XYTCZ"
    XYTZC = "XYTZC"


class GroupPermissions(StrEnum):
    """What members of a group may do with each other's data."""

    PRIVATE = "private"
    READ_ONLY = "read-only"
    READ_ANNOTATE = "read-annotate"
    READ_WRITE = "read-write"
    PUBLIC = "public"
    """As read-only, and everybody else sees the rows too, also without signing in."""


class Privilege(StrEnum):
    """What an administrator may do; each has all of them, except those that are withheld.

    Source: OMERO's AdminPrivilege, of which these are the values.
    """

    SUDO = "Sudo"
    WRITE_OWNED = "WriteOwned"
    WRITE_FILE = "WriteFile"
    WRITE_MANAGED_REPO = "WriteManagedRepo"
    WRITE_SCRIPT_REPO = "WriteScriptRepo"
    DELETE_OWNED = "DeleteOwned"
    DELETE_FILE = "DeleteFile"
    DELETE_MANAGED_REPO = "DeleteManagedRepo"
    DELETE_SCRIPT_REPO = "DeleteScriptRepo"
    CHGRP = "Chgrp"
    CHOWN = "Chown"
    MODIFY_GROUP = "ModifyGroup"
    MODIFY_USER = "ModifyUser"
    MODIFY_GROUP_MEMBERSHIP = "ModifyGroupMembership"
    READ_SESSION = "ReadSession"


class TokenScope(StrEnum):
    """What a personal access token is good for."""

    READ = "read"
    """See what the account sees as a member of its groups."""
    WRITE = "write"
    """Also change what the account may change as a member of its groups."""
    ADMINISTER = "administer"
    """Also see everything, and do what some of the account's privileges are for."""


class GrantLevel(StrEnum):
    """What a grant lets people do with a thing and all below it; each includes those before."""

    VIEW = "view"
    """See it."""
    ANNOTATE = "annotate"
    """Also annotate it, draw on it and save rendering settings of one's own."""
    EDIT = "edit"
    """Also change its values; not delete, link, move or share it."""


class EventType(StrEnum):
    """Why a transaction happened, as in OMERO."""

    USER = "User"
    IMPORT = "Import"
    INTERNAL = "Internal"
    TASK = "Task"


class Binning(StrEnum):
    """How many pixels of a camera are read as one."""

    ONE_BY_ONE = "1x1"
    TWO_BY_TWO = "2x2"
    FOUR_BY_FOUR = "4x4"
    EIGHT_BY_EIGHT = "8x8"
    OTHER = "Other"


class FontFamily(StrEnum):
    """Family of the letters of a text."""

    SERIF = "serif"
    SANS_SERIF = "sans-serif"
    CURSIVE = "cursive"
    FANTASY = "fantasy"
    MONOSPACE = "monospace"


class FontStyle(StrEnum):
    """Weight and slant of the letters of a text."""

    BOLD = "Bold"
    BOLD_ITALIC = "BoldItalic"
    ITALIC = "Italic"
    NORMAL = "Normal"


class FillRule(StrEnum):
    """Which parts a line that crosses itself encloses."""

    EVEN_ODD = "EvenOdd"
    NON_ZERO = "NonZero"


class Marker(StrEnum):
    """What an end of a line looks like."""

    ARROW = "Arrow"


class NamingConvention(StrEnum):
    """What rows or columns of a plate are named by."""

    LETTER = "letter"
    NUMBER = "number"


class Compression(StrEnum):
    """How binary data is packed."""

    ZLIB = "zlib"
    BZIP2 = "bzip2"
    NONE = "none"


class IlluminationType(StrEnum):
    """How the sample was lit."""

    TRANSMITTED = "Transmitted"
    EPIFLUORESCENCE = "Epifluorescence"
    OBLIQUE = "Oblique"
    NON_LINEAR = "NonLinear"
    OTHER = "Other"


class AcquisitionMode(StrEnum):
    """Kind of microscopy."""

    WIDE_FIELD = "WideField"
    LASER_SCANNING_CONFOCAL_MICROSCOPY = "LaserScanningConfocalMicroscopy"
    SPINNING_DISK_CONFOCAL = "SpinningDiskConfocal"
    SLIT_SCAN_CONFOCAL = "SlitScanConfocal"
    MULTI_PHOTON_MICROSCOPY = "MultiPhotonMicroscopy"
    STRUCTURED_ILLUMINATION = "StructuredIllumination"
    SINGLE_MOLECULE_IMAGING = "SingleMoleculeImaging"
    TOTAL_INTERNAL_REFLECTION = "TotalInternalReflection"
    FLUORESCENCE_LIFETIME = "FluorescenceLifetime"
    SPECTRAL_IMAGING = "SpectralImaging"
    FLUORESCENCE_CORRELATION_SPECTROSCOPY = "FluorescenceCorrelationSpectroscopy"
    NEAR_FIELD_SCANNING_OPTICAL_MICROSCOPY = "NearFieldScanningOpticalMicroscopy"
    SECOND_HARMONIC_GENERATION_IMAGING = "SecondHarmonicGenerationImaging"
    PALM = "PALM"
    STORM = "STORM"
    STED = "STED"
    TIRF = "TIRF"
    FSM = "FSM"
    LCM = "LCM"
    OTHER = "Other"
    BRIGHT_FIELD = "BrightField"
    SWEPT_FIELD_CONFOCAL = "SweptFieldConfocal"
    SPIM = "SPIM"


class ContrastMethod(StrEnum):
    """How contrast was made."""

    BRIGHTFIELD = "Brightfield"
    PHASE = "Phase"
    DIC = "DIC"
    HOFFMAN_MODULATION = "HoffmanModulation"
    OBLIQUE_ILLUMINATION = "ObliqueIllumination"
    POLARIZED_LIGHT = "PolarizedLight"
    DARKFIELD = "Darkfield"
    FLUORESCENCE = "Fluorescence"
    OTHER = "Other"


class MicroscopeType(StrEnum):
    """Build of a microscope's stand."""

    UPRIGHT = "Upright"
    INVERTED = "Inverted"
    DISSECTION = "Dissection"
    ELECTROPHYSIOLOGY = "Electrophysiology"
    OTHER = "Other"


class Correction(StrEnum):
    """What an objective is corrected for."""

    UV = "UV"
    PLAN_APO = "PlanApo"
    PLAN_FLUOR = "PlanFluor"
    SUPER_FLUOR = "SuperFluor"
    VIOLET_CORRECTED = "VioletCorrected"
    ACHRO = "Achro"
    ACHROMAT = "Achromat"
    FLUOR = "Fluor"
    FL = "Fl"
    FLUAR = "Fluar"
    NEOFLUAR = "Neofluar"
    FLUOTAR = "Fluotar"
    APO = "Apo"
    PLAN_NEOFLUAR = "PlanNeofluar"
    OTHER = "Other"


class Immersion(StrEnum):
    """What an objective is made to be dipped in."""

    OIL = "Oil"
    WATER = "Water"
    WATER_DIPPING = "WaterDipping"
    AIR = "Air"
    MULTI = "Multi"
    GLYCEROL = "Glycerol"
    OTHER = "Other"


class Medium(StrEnum):
    """What was between an objective and the sample."""

    AIR = "Air"
    OIL = "Oil"
    WATER = "Water"
    GLYCEROL = "Glycerol"
    OTHER = "Other"


class DetectorType(StrEnum):
    """Kind of detector."""

    CCD = "CCD"
    INTENSIFIED_CCD = "IntensifiedCCD"
    ANALOG_VIDEO = "AnalogVideo"
    PMT = "PMT"
    PHOTODIODE = "Photodiode"
    SPECTROSCOPY = "Spectroscopy"
    LIFETIME_IMAGING = "LifetimeImaging"
    CORRELATION_SPECTROSCOPY = "CorrelationSpectroscopy"
    FTIR = "FTIR"
    EMCCD = "EMCCD"
    APD = "APD"
    CMOS = "CMOS"
    EBCCD = "EBCCD"
    OTHER = "Other"


class FilterType(StrEnum):
    """Kind of filter."""

    DICHROIC = "Dichroic"
    LONG_PASS = "LongPass"  # noqa: S105
    SHORT_PASS = "ShortPass"  # noqa: S105
    BAND_PASS = "BandPass"  # noqa: S105
    MULTI_PASS = "MultiPass"  # noqa: S105
    NEUTRAL_DENSITY = "NeutralDensity"
    TUNEABLE = "Tuneable"
    OTHER = "Other"


class LaserType(StrEnum):
    """Kind of laser."""

    EXCIMER = "Excimer"
    GAS = "Gas"
    METAL_VAPOR = "MetalVapor"
    SOLID_STATE = "SolidState"
    DYE = "Dye"
    SEMICONDUCTOR = "Semiconductor"
    FREE_ELECTRON = "FreeElectron"
    OTHER = "Other"


class LaserMedium(StrEnum):
    """What a laser's light comes from."""

    CU = "Cu"
    AG = "Ag"
    AR_FL = "ArFl"
    AR_CL = "ArCl"
    KR_FL = "KrFl"
    KR_CL = "KrCl"
    XE_FL = "XeFl"
    XE_CL = "XeCl"
    XE_BR = "XeBr"
    N = "N"
    AR = "Ar"
    KR = "Kr"
    XE = "Xe"
    HE_NE = "HeNe"
    HE_CD = "HeCd"
    CO = "CO"
    CO2 = "CO2"
    H2O = "H2O"
    H_FL = "HFl"
    ND_GLASS = "NdGlass"
    ND_YAG = "NdYAG"
    ER_GLASS = "ErGlass"
    ER_YAG = "ErYAG"
    HO_YLF = "HoYLF"
    HO_YAG = "HoYAG"
    RUBY = "Ruby"
    TI_SAPPHIRE = "TiSapphire"
    ALEXANDRITE = "Alexandrite"
    RHODAMINE_6G = "Rhodamine6G"
    COUMARIN_C30 = "CoumarinC30"
    GA_AS = "GaAs"
    GA_AL_AS = "GaAlAs"
    E_MINUS = "EMinus"
    OTHER = "Other"


class Pulse(StrEnum):
    """How a laser's light comes in time."""

    CW = "CW"
    SINGLE = "Single"
    Q_SWITCHED = "QSwitched"
    REPETITIVE = "Repetitive"
    MODE_LOCKED = "ModeLocked"
    OTHER = "Other"


class ArcType(StrEnum):
    """Gas of an arc lamp."""

    HG = "Hg"
    XE = "Xe"
    HG_XE = "HgXe"
    OTHER = "Other"


class FilamentType(StrEnum):
    """Kind of lamp with a filament."""

    INCANDESCENT = "Incandescent"
    HALOGEN = "Halogen"
    OTHER = "Other"


class ExperimentType(StrEnum):
    """Kind of experiment."""

    FP = "FP"
    FRET = "FRET"
    TIME_LAPSE = "TimeLapse"
    FOUR_D_PLUS = "FourDPlus"
    SCREEN = "Screen"
    IMMUNOCYTOCHEMISTRY = "Immunocytochemistry"
    IMMUNOFLUORESCENCE = "Immunofluorescence"
    FISH = "FISH"
    ELECTROPHYSIOLOGY = "Electrophysiology"
    ION_IMAGING = "IonImaging"
    COLOCALIZATION = "Colocalization"
    PGI_DOCUMENTATION = "PGIDocumentation"
    FLUORESCENCE_LIFETIME = "FluorescenceLifetime"
    SPECTRAL_IMAGING = "SpectralImaging"
    PHOTOBLEACHING = "Photobleaching"
    SPIM = "SPIM"
    OTHER = "Other"


class MicrobeamManipulationType(StrEnum):
    """What was done with light."""

    FRAP = "FRAP"
    FLIP = "FLIP"
    INVERSE_FRAP = "InverseFRAP"
    PHOTOABLATION = "Photoablation"
    PHOTOACTIVATION = "Photoactivation"
    UNCAGING = "Uncaging"
    OPTICAL_TRAPPING = "OpticalTrapping"
    OTHER = "Other"


class JobStatus(StrEnum):
    """How far a piece of work in the background is."""

    SUBMITTED = "Submitted"
    RUNNING = "Running"
    FINISHED = "Finished"
    ERROR = "Error"
    CANCELLED = "Cancelled"


class ImportState(StrEnum):
    """What became of one fileset of an import."""

    WAITING = "waiting"
    IMPORTED = "imported"
    ALREADY_THERE = "already there"
    FAILED = "failed"
    LEFT_OUT = "left out"


class RunStatus(StrEnum):
    """How a run ended, if it has."""

    RUNNING = "Running"
    FINISHED = "Finished"
    ERROR = "Error"
    CANCELLED = "Cancelled"


class RunRole(StrEnum):
    """What an object was to a run."""

    INPUT = "input"
    OUTPUT = "output"


class AnnotationKind(StrEnum):
    """Kind of annotation: name of its class."""

    COMMENT = "CommentAnnotation"
    TAG = "TagAnnotation"
    XML = "XMLAnnotation"
    LONG = "LongAnnotation"
    DOUBLE = "DoubleAnnotation"
    BOOLEAN = "BooleanAnnotation"
    TIMESTAMP = "TimestampAnnotation"
    TERM = "TermAnnotation"
    MAP = "MapAnnotation"
    FILE = "FileAnnotation"
    LIST = "ListAnnotation"


class ShapeKind(StrEnum):
    """Kind of shape: name of its class."""

    RECTANGLE = "Rectangle"
    ELLIPSE = "Ellipse"
    POINT = "Point"
    LINE = "Line"
    POLYLINE = "Polyline"
    POLYGON = "Polygon"
    LABEL = "Label"
    MASK = "Mask"
