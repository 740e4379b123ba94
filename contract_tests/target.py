"""What the checks run against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mock_server.edition import Edition

Kind = Literal["fake", "live", "url"]
ANY_KEY = "pplx-mock-check-key"
"""What is sent where any key will do."""
KINDS: tuple[Kind, ...] = ("fake", "live", "url")


@dataclass(frozen=True)
class Target:
    """A server.

    Args:
        kind: `fake` is pplx-mock, which promises more than the vendor; `live` is the vendor, who charges; `url` is any
            other server.
        url: Its base URL, without a slash at the end.
        key: The key to use; a secret.
        edition: The edition that it is held against.
    """

    kind: Kind
    url: str
    key: str
    edition: Edition

    def __repr__(self) -> str:
        """Leave the key out."""
        return f"Target({self.kind} {self.url}, edition {self.edition.name})"

    @property
    def is_fake(self) -> bool:
        """Whether it is pplx-mock."""
        return self.kind == "fake"

    @property
    def charges(self) -> bool:
        """Whether requests cost money there."""
        return self.kind == "live"

    @property
    def takes_any_key(self) -> bool:
        """Whether each check may have a key, and so an account, of its own."""
        return self.key == ANY_KEY
