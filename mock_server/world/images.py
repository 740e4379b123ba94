"""Pictures that go with an answer."""

from __future__ import annotations

from zlib import crc32

from mock_server.world.filters import covered
from mock_server.world.page import Image, Page
from mock_server.world.retrieval import Found

_MOST = 6
_FORMATS = ("jpg", "png", "webp", "gif")
_SIZES = ((720, 1280), (600, 800), (1080, 1920), (512, 512))


def choose(found: Found, *, domains: tuple[str, ...] = (), formats: tuple[str, ...] = ()) -> list[Image]:
    """Choose the pictures of the pages found.

    Args:
        found: The pages; one without a picture of its own gets one made up.
        domains: Domains to take pictures from, or, with a leading ``-``, not to.
        formats: File formats to take, such as ``gif``.
    """
    pictures = [image for page in found.pages for image in page.images or (_made_up(page, formats),)]
    return [image for image in pictures if _wanted(image, domains, formats)][:_MOST]


def _made_up(page: Page, formats: tuple[str, ...]) -> Image:
    code = crc32(page.url.encode())
    known = [kind for kind in map(_folded, formats) if kind in _FORMATS] or _FORMATS
    height, width = _SIZES[code % len(_SIZES)]
    address = f"https://{page.host}/media/{code:08x}.{known[code % len(known)]}"
    return Image(address, page.url, height, width, page.title)


def _wanted(image: Image, domains: tuple[str, ...], formats: tuple[str, ...]) -> bool:
    # Not urlsplit, which raises for a host that is none, such as "[": the rule about domains can be off.
    host = image.image_url.partition("://")[2].partition("/")[0]
    allow = tuple(domain.lower() for domain in domains if not domain.startswith("-"))
    deny = tuple(domain[1:].lower() for domain in domains if domain.startswith("-"))
    kinds = [_folded(kind) for kind in formats]
    if kinds and _folded(image.image_url.rpartition(".")[2]) not in kinds:
        return False
    return (not allow or covered(host, allow)) and not covered(host, deny)


def _folded(kind: str) -> str:
    return "jpg" if kind.lower() == "jpeg" else kind.lower()
