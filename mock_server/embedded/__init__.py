"""The fake inside of another program, such as a test run: `MockServer`, and `PerplexityMock` for each test."""

from mock_server.embedded.mock import PerplexityMock
from mock_server.embedded.server import MockServer

__all__ = ["MockServer", "PerplexityMock"]
