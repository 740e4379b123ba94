"""Faults of a server in a process of its own: whatever it breaks, it goes on, and has nothing to complain of."""

from __future__ import annotations

import json
import signal
import threading
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Server, Serving

BEES = {"query": "bees"}


@pytest.fixture
def faulty(serving: Serving, tmp_path: Path) -> Any:
    """A server with faults, each for a key of its name."""

    def serve(**faults: dict[str, Any]) -> Any:
        file = tmp_path / "faults.json"
        listed = [{**fault, "key": name, "id": name} for name, fault in faults.items()]
        file.write_text(json.dumps({"faults": listed}), encoding="utf-8")
        return serving("--faults", str(file))

    return serve


def search(server: Server, key: str) -> httpx.Response:
    with server.client(key) as client:
        return client.post("/search", json=BEES)


def test_broken_connections_leave_no_trace_in_the_log(faulty: Any) -> None:
    broken: dict[str, dict[str, Any]] = {
        "reset": {"connection": "reset"},
        "closed": {"connection": "closed"},
        "headers": {"connection": "closed", "after": "headers"},
        "middle": {"connection": "reset", "after": 100},
        "longer": {"content_length": "longer"},
    }
    with faulty(**broken, shorter={"content_length": "shorter"}) as server:
        for key in broken:
            with pytest.raises(httpx.TransportError):
                search(server, key)
        assert search(server, "shorter").status_code == 200
        with server.client("shorter") as client:
            client.post("/search", json=BEES)
            with pytest.raises(httpx.RemoteProtocolError):  # it finds what was beyond the length of the first
                client.post("/search", json=BEES)
        assert search(server, "anybody").json()["results"]

        assert server.errors == ""


def test_a_refused_connection_is_one_and_the_port_opens_again(faulty: Any) -> None:
    pause = threading.Event()
    with faulty(crash={"connection": "refused", "down": 0.5, "times": 1}) as server:
        with pytest.raises(httpx.TransportError):
            search(server, "crash")
        refused = 0
        for _ in range(400):
            try:
                answer = search(server, "crash")
            except httpx.ConnectError:
                refused += 1
                pause.wait(0.02)
            else:
                break
        else:
            pytest.fail("the server never came back")

        assert refused > 0
        assert answer.status_code == 200
        assert server.errors == ""
        assert server.stop() == -signal.SIGTERM


def test_a_server_that_is_stopped_while_its_door_is_shut_ends_in_good_order(faulty: Any) -> None:
    with faulty(crash={"connection": "refused", "down": 60}) as server:
        with pytest.raises(httpx.TransportError):
            search(server, "crash")

        assert server.stop() == -signal.SIGTERM
        assert server.errors == ""


def test_scenarios_can_be_played_from_the_command_line(serving: Serving) -> None:
    with serving("--scenario", "html-instead-of-json", "--scenario", "models-re-point-silently") as server:
        page = search(server, "somebody")

        assert (page.status_code, page.headers["content-type"]) == (502, "text/html")


def test_a_scenario_that_there_is_not_stops_the_start(run: Any) -> None:
    ended = run("serve", "--scenario", "html", "--port", "0")

    assert ended.returncode == 2
    assert ended.stderr.startswith("pplx-mock: scenario: there is no scenario 'html'. ")


def test_a_wrong_file_of_faults_stops_the_start(run: Any, tmp_path: Path) -> None:
    file = tmp_path / "faults.yaml"
    file.write_text("faults:\n  - status: 503\n  - status: 418\n", encoding="utf-8")

    ended = run("serve", "--faults", str(file), "--port", "0")

    assert ended.returncode == 2
    assert ended.stderr.startswith("pplx-mock: faults.yaml, line 3: faults[1]: status 418 has no body of its own")
