"""The variables that lead clients to the fake."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

KEYS = ("PERPLEXITY_API_KEY", "PPLX_API_KEY")
URLS = ("PERPLEXITY_BASE_URL",)
OPENAI_KEYS = ("OPENAI_API_KEY",)
OPENAI_URLS = ("OPENAI_BASE_URL",)
_NO_PROXY = ("no_proxy", "NO_PROXY")


def variables(url: str, key: str, given: Mapping[str, str], *, openai: bool = False) -> dict[str, str]:
    """Make the variables that a client is to find.

    Args:
        url: Its base URL.
        key: Its key.
        given: The variables that there are: a proxy must not be asked for what is on this machine.
        openai: Whether the `openai` client is led here, too.

    Returns:
        The variables to set, among them those that keep a proxy out of it.
    """
    keys = KEYS + (OPENAI_KEYS if openai else ())
    urls = URLS + (OPENAI_URLS if openai else ())
    host = urlsplit(url).hostname or ""
    direct = {name: _with(given.get(name, ""), host) for name in _NO_PROXY} if _proxied(given) else {}
    return {**dict.fromkeys(keys, key), **dict.fromkeys(urls, url), **direct}


def _proxied(given: Mapping[str, str]) -> bool:
    return any(name.lower().endswith("_proxy") for name in given)


def _with(listed: str, host: str) -> str:
    hosts = [one for one in listed.split(",") if one]
    return ",".join([*hosts, *([] if host in hosts else [host])])
