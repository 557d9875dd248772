"""How buckets of S3 are reached."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class S3Access:
    """A service and who asks it; nothing is taken from the environment."""

    endpoint: str = ""
    """Address of the service; of Amazon's in the region if empty."""
    region: str = "us-east-1"
    key_id: str = ""
    """Without, requests are not signed: for public buckets."""
    secret: str = field(default="", repr=False)
