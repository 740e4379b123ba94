"""Ready-made clients of the SDKs that are installed."""

from __future__ import annotations

import ssl
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Protocol, TypedDict, Unpack

from mock_server.errors import PplxMockError

if TYPE_CHECKING:
    from openai import AsyncOpenAI, OpenAI
    from perplexity import AsyncPerplexity, Perplexity


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


def perplexity_client(url: str, key: str, options: Options) -> Perplexity:
    """Make a blocking client of `perplexityai`; raises `MissingClientError`."""
    sdk = _imported("perplexity", "perplexityai")
    client: Perplexity = sdk.Perplexity(
        base_url=url, api_key=key, http_client=sdk.DefaultHttpxClient(verify=_unused(), trust_env=False), **options
    )
    return client


def async_perplexity_client(url: str, key: str, options: Options) -> AsyncPerplexity:
    """Make a waiting client of `perplexityai`; raises `MissingClientError`."""
    sdk = _imported("perplexity", "perplexityai")
    http = sdk.DefaultAsyncHttpxClient(verify=_unused(), trust_env=False)
    client: AsyncPerplexity = sdk.AsyncPerplexity(base_url=url, api_key=key, http_client=http, **options)
    return client


def openai_client(url: str, key: str, options: Options) -> OpenAI:
    """Make a blocking client of `openai`; raises `MissingClientError`."""
    sdk = _imported("openai", "openai")
    client: OpenAI = sdk.OpenAI(
        base_url=url, api_key=key, http_client=sdk.DefaultHttpxClient(verify=_unused(), trust_env=False), **options
    )
    return client


def async_openai_client(url: str, key: str, options: Options) -> AsyncOpenAI:
    """Make a waiting client of `openai`; raises `MissingClientError`."""
    sdk = _imported("openai", "openai")
    http = sdk.DefaultAsyncHttpxClient(verify=_unused(), trust_env=False)
    client: AsyncOpenAI = sdk.AsyncOpenAI(base_url=url, api_key=key, http_client=http, **options)
    return client


class Clients:
    """Makes clients of one fake, and closes those that block.

    Args:
        url: Their base URL.
        key: Their key.
    """

    def __init__(self, url: str, key: str) -> None:
        self._url = url
        self._key = key
        self._made: list[Closable] = []

    def perplexity(self, **options: Unpack[Options]) -> Perplexity:
        """A blocking client of `perplexityai`."""
        client = perplexity_client(self._url, self._key, options)
        self._made.append(client)
        return client

    def openai(self, **options: Unpack[Options]) -> OpenAI:
        """A blocking client of `openai`."""
        client = openai_client(self._url, self._key, options)
        self._made.append(client)
        return client

    def close(self) -> None:
        """Close the clients."""
        for client in self._made:
            client.close()
        self._made.clear()


def _imported(module: str, package: str) -> ModuleType:
    try:
        return import_module(module)
    except ImportError as error:
        raise MissingClientError(f"there is no {module!r} here ({error}): pip install {package}") from None


@cache
def _unused() -> ssl.SSLContext:
    """What a client would verify certificates with: the fake has none, and loading them takes longer than a test."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
