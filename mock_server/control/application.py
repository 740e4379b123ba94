"""Routes as an application with an OpenAPI document of its own, whose refusals have the envelope of errors."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from mock_server import __version__, edition, refusals
from mock_server.control import forms
from mock_server.errors import ApiError, PplxMockError
from mock_server.gates.asgi import lane_of

PREFIX = "/__admin"
_MOST_REASONS = 3
_NO_PATH, _NO_METHOD = 404, 405
_ABOUT = """\
Reads and changes what stands around an answer. Every path exists once for each lane, too: `/n/<lane>/__admin/…`.

Requests of other origins and under foreign host names are refused, a write has to be JSON, and a server that other
machines can reach wants its token.
"""


def build(routers: Sequence[tuple[str, APIRouter]]) -> FastAPI:
    """Make an application; lane and premises come with each request's scope.

    Args:
        routers: The routes, each with the name of its part of the document.
    """
    app = FastAPI(
        title="pplx-mock control API",
        version=__version__,
        description=_ABOUT,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        responses=forms.refusals(),
    )
    app.state.routers = [router for _, router in routers]
    for name, router in routers:
        app.include_router(router, prefix=PREFIX, tags=[name])
    app.add_api_route(f"{PREFIX}/openapi.json", _documented(app), include_in_schema=False)
    app.add_exception_handler(ApiError, _refused)
    app.add_exception_handler(PplxMockError, _impossible)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _unknown)
    app.add_exception_handler(Exception, _broken)
    return app


def _documented(app: FastAPI) -> Callable[[], Awaitable[JSONResponse]]:
    """Make the route that shows the document, without FastAPI's own form of errors, which is never sent."""

    async def document() -> JSONResponse:
        shown = app.openapi()
        for operations in shown["paths"].values():
            for operation in operations.values():
                operation["responses"].pop("422", None)
        for name in ("HTTPValidationError", "ValidationError"):
            shown["components"]["schemas"].pop(name, None)
        return JSONResponse(shown)

    return document


def _envelope(error: ApiError, request: Request) -> JSONResponse:
    face = edition.load(lane_of(request.scope).face)
    reply = refusals.reply_to(error, face.facts)
    headers = {name.decode("ascii"): value.decode("ascii") for name, value in reply.headers}
    return JSONResponse(reply.body, reply.status, {"x-mock-edition": face.name, **headers})


async def _refused(request: Request, error: Exception) -> JSONResponse:
    """Answer what a route refuses."""
    known = error if isinstance(error, ApiError) else ApiError("internal_error")
    return _envelope(known, request)


async def _impossible(request: Request, error: Exception) -> JSONResponse:
    """Answer what cannot be done; the text is for people already."""
    return _envelope(ApiError("control_impossible", facts={"reason": str(error)}), request)


async def _malformed(request: Request, error: Exception) -> JSONResponse:
    """Answer a body or a query that is not of the form, with the first reasons and where they are."""
    found = error.errors()[:_MOST_REASONS] if isinstance(error, RequestValidationError) else []
    reasons = [(_where(one["loc"]), str(one["msg"]).removeprefix("Value error, ")) for one in found]
    first, *others = reasons
    reason = "; ".join([first[1], *(f"{where}: {said}" for where, said in others)])
    return _envelope(ApiError("control_invalid", facts={"where": first[0], "reason": reason}), request)


def _where(place: Sequence[int | str]) -> str:
    """Join a place as `body.advance`; the document says which fields there are."""
    return ".".join(str(step) for step in place)


async def _unknown(request: Request, error: Exception) -> JSONResponse:
    """Answer a path or a method that there is not, and a body that is none."""
    if isinstance(error, HTTPException) and error.status_code == _NO_METHOD:
        return _envelope(ApiError("method_not_allowed", allow=_allowed(request)), request)
    if isinstance(error, HTTPException) and error.status_code == _NO_PATH:
        facts: dict[str, object] = {"what": "path", "name": request.url.path, "hint": f"See {PREFIX}/openapi.json."}
        return _envelope(ApiError("control_not_found", facts=facts), request)
    return _envelope(ApiError("invalid_json", facts={"reason": "it cannot be read"}), request)


def _allowed(request: Request) -> tuple[str, ...]:
    path = request.scope["path"].removeprefix(PREFIX)
    routes = [route for router in request.app.state.routers for route in router.routes if isinstance(route, APIRoute)]
    found = {method for route in routes if route.path_regex.fullmatch(path) for method in route.methods or ()}
    return tuple(sorted(found | {"HEAD"} if "GET" in found else found))


async def _broken(request: Request, _: Exception) -> JSONResponse:
    """Answer for a mistake of the fake's own; whoever called writes it into the log."""
    return _envelope(ApiError("internal_error"), request)
