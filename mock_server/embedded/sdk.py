"""Ready-made clients of the SDKs that are installed."""

from __future__ import annotations

import ssl
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol, TypedDict

from mock_server.errors import PplxMockError

if TYPE_CHECKING:
    from openai import AsyncOpenAI, OpenAI
    from perplexity import AsyncPerplexity, Perplexity


_SDKS = {"Perplexity": ("perplexity", "perplexityai"), "OpenAI": ("openai", "openai")}
"""In which module a client is, and which package has that."""


class Options(TypedDict, total=False):
    """The options of a client that tests set; all others are set by making a client of one's own.

    Args:
        max_retries: How often the client asks again by itself; the SDK's own number where not given.
        timeout: Seconds until it gives up.
        default_headers: Headers of each request.
    """

    max_retries: int
    timeout: float
    default_headers: dict[str, str]


class Closable(Protocol):
    """A client that is closed at the end of its test."""

    def close(self) -> object:
        """Close its connections."""


class MissingClientError(PplxMockError, ImportError):
    """A client was asked for whose package is not installed."""


class Clients:
    """Makes clients of one fake, and closes those that block. Each raises `MissingClientError`.

    Args:
        url: Their base URL.
        key: Their key.
    """

    def __init__(self, url: str, key: str) -> None:
        self._url = url
        self._key = key
        self._made: list[Closable] = []

    def perplexity(self, options: Options) -> Perplexity:
        """A blocking client of `perplexityai`."""
        client: Perplexity = self._make("Perplexity", options)
        self._made.append(client)
        return client

    def async_perplexity(self, options: Options) -> AsyncPerplexity:
        """A waiting client of `perplexityai`."""
        client: AsyncPerplexity = self._make("AsyncPerplexity", options)
        return client

    def openai(self, options: Options) -> OpenAI:
        """A blocking client of `openai`."""
        client: OpenAI = self._make("OpenAI", options)
        self._made.append(client)
        return client

    def async_openai(self, options: Options) -> AsyncOpenAI:
        """A waiting client of `openai`."""
        client: AsyncOpenAI = self._make("AsyncOpenAI", options)
        return client

    def close(self) -> None:
        """Close the clients."""
        for client in self._made:
            client.close()
        self._made.clear()

    def _make(self, name: str, options: Options) -> Any:  # noqa: ANN401  # of packages that may not be there
        """Make a client that asks no proxy and loads no certificates."""
        module, package = _SDKS[name.removeprefix("Async")]
        sdk = _imported(module, package)
        transport = sdk.DefaultAsyncHttpxClient if name.startswith("Async") else sdk.DefaultHttpxClient
        http_client = transport(verify=_unused(), trust_env=False)
        return getattr(sdk, name)(base_url=self._url, api_key=self._key, http_client=http_client, **options)


def _imported(module: str, package: str) -> ModuleType:
    try:
        return import_module(module)
    except ImportError as error:
        raise MissingClientError(f"there is no {module!r} here ({error}): pip install {package}") from None


@cache
def _unused() -> ssl.SSLContext:
    """What a client would verify certificates with: the fake has none, and loading them takes longer than a test."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
