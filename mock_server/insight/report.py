"""What all reports are: made once, and read back only as they were written."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Report(BaseModel):
    """A report, or a part of one."""

    model_config = ConfigDict(frozen=True, extra="forbid")
