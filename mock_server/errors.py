"""What may go wrong: refusals that a client gets, and mistakes that whoever runs the fake gets told."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from mock_server.jsontypes import JSONObject


class ApiError(Exception):
    """A refusal that the client sees.

    Args:
        name: Its entry in `fixtures/errors.yaml`, which holds status, type and text.
        rule: The id of the rule that was broken, if one was.
        allow: The methods that the path takes, where another was used.
        facts: What the text's placeholders stand for.
    """

    def __init__(
        self,
        name: str,
        *,
        rule: str | None = None,
        allow: tuple[str, ...] = (),
        facts: dict[str, object] | None = None,
    ) -> None:
        super().__init__(name)
        self.name = name
        self.rule = rule
        self.allow = allow
        self.facts = facts or {}


class FormError(ApiError):
    """A request that is not of the form, worded in the dialect of its operation.

    Args:
        dialect: Its entry under `dialects` in `fixtures/errors.yaml`.
        path: Where, already joined as the dialect does.
        reason: What was wrong.
    """

    def __init__(self, dialect: str, *, path: str, reason: str) -> None:
        super().__init__(dialect, facts={"path": path, "reason": reason})


class DetailError(ApiError):
    """A request that is not of the form, told as the vendor's specification does: by a list of details, status 422.

    Args:
        detail: One line of it, as JSON.
    """

    def __init__(self, detail: JSONObject) -> None:
        super().__init__("detail")
        self.detail = detail


class ClientGoneError(Exception):
    """The client went away before its request or its answer was whole."""


class NoConnectionError(ConnectionResetError):
    """A connection was to be reset, and whoever called the application, such as a test, has none."""


class PplxMockError(Exception):
    """A mistake in what the user gave; its text says what was wrong, where, and what to do."""


class ResourceError(PplxMockError):
    """A file of the contract or the fixtures cannot be read."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path.parent.name}/{path.name}: {reason}")


class ContractError(PplxMockError):
    """The contract, an overlay or a table of facts says something that the code cannot follow."""


class SettingsError(PplxMockError):
    """A setting has no such value, or does not exist."""
