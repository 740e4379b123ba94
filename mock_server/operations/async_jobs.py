"""Chats that are answered later: made now, shown and billed when their time has come."""

from __future__ import annotations

from dataclasses import replace

from mock_server.call import Call, Reply
from mock_server.contract.bodies import (
    AsyncChatCompletionRequest,
    AsyncChatCompletionsQuery,
    ChatCompletionRequest,
    given,
)
from mock_server.contract.document import mapping
from mock_server.errors import ApiError
from mock_server.facts import JobTimes
from mock_server.jsontypes import JSON, JSONObject
from mock_server.operations import searching, sonar
from mock_server.operations.handler import NoBody
from mock_server.operations.sonar import Answer
from mock_server.state.collections import Entry
from mock_server.state.jobs import Charge, Job, Outcome

_CHAT = sonar.create_chat_completion.__name__


def create_async_chat_completion(call: Call, body: AsyncChatCompletionRequest) -> Reply:
    """Answer `POST /async/chat/completions` (evidence 1.1); the answer is made here and shown later."""
    asked = _chat_call(call)
    known = _known(call, body.idempotency_key, asked.digest)
    if known is None:
        known = _job(call, asked, body.request)
        call.owner.jobs.put(known, body.idempotency_key)
    return _reply(call, _whole(known, call.lane.clock.now()))


def list_async_chat_completions(call: Call, query: AsyncChatCompletionsQuery) -> Reply:
    """Answer `GET /async/chat/completions`; a token that names no job is not found."""
    moment = settle(call)
    page = call.owner.jobs.page(
        call.edition.name, born=_born(call), start=given(query.next_token), limit=query.limit
    )  # fmt: skip
    if page is None and not call.lenient:
        raise ApiError("not_found")
    jobs, following = page or ([], None)
    rows: list[JSON] = [_row(job, moment) for job in jobs]
    return _reply(call, {"next_token": following, "requests": rows})


def get_async_chat_completion(call: Call, _: NoBody) -> Reply:
    """Answer `GET /async/chat/completions/{api_request}`."""
    moment = settle(call)
    job = call.owner.jobs.find(call.path["api_request"], call.edition.name, born=_born(call))
    if job is not None:
        return _reply(call, _whole(job, moment))
    if call.lenient:
        return _reply(call, _nobodys(call))
    raise ApiError("not_found")


def settle(call: Call) -> float:
    """Bill and remember the jobs of an account that have ended; returns the moment that this was done at."""
    moment = call.lane.clock.now()
    call.owner.settle(moment)
    return moment


def _reply(call: Call, said: JSONObject) -> Reply:
    return sonar.deprecated(call, Reply(said))


def _chat_call(call: Call) -> Call:
    """The call of the chat that a job stands for; it is billed under the path of the job."""
    operation = replace(call.edition.operations[_CHAT], path=call.operation.path)
    asked = replace(call, operation=operation, content=mapping(call.content["request"]), path={}, query={})
    asked.weigh()
    return asked


def _known(call: Call, key: str | None, request: bytes) -> Job | None:
    """Find the job that an idempotency key names; raises `ApiError` where it was made for another request."""
    known = None if key is None else call.owner.jobs.keyed(key, call.edition.name, born=_born(call))
    if known is not None and known.request != request and not call.lenient:
        raise ApiError("idempotency_key_reused", facts={"key": key})
    return known


def _job(call: Call, asked: Call, body: ChatCompletionRequest) -> Job:
    times = _times(call, body.model)
    moment = call.lane.clock.now()
    started_at = call.now + int(times.queued)
    ended_at = call.now + int(times.queued + times.running)
    return Job(
        id=call.id,
        edition=call.edition.name,
        model=body.model,
        request=asked.digest,
        created_at=call.now,
        started_at=started_at,
        ended_at=ended_at,
        begins=moment + times.queued,
        ends=moment + times.queued + times.running,
        outcome=_outcome(call, asked, body),
    )


def _times(call: Call, model: str) -> JobTimes:
    jobs = call.facts.jobs
    return jobs.models.get(model, jobs.otherwise)


def _outcome(call: Call, asked: Call, body: ChatCompletionRequest) -> Outcome:
    failure = call.owner.facts.job_failure
    if failure is not None:
        return Outcome(error=call.facts.errors[failure].message)
    collection = searching.collection_of(asked, body)
    asked.number()
    answer = sonar.answered(asked, body)
    return Outcome(
        response=answer.body,
        charge=_charge(asked, body.model, answer),
        collection=None if collection is None else collection.id,
        entry=None if collection is None else _entry(call, asked, answer),
    )


def _entry(call: Call, asked: Call, answer: Answer) -> Entry:
    """What a collection remembers; its name tells the jobs of the same request apart."""
    return searching.entry(asked, "chat", answer.body, number=int(call.id.replace("-", "")[:16], 16))


def _charge(asked: Call, model: str, answer: Answer) -> Charge:
    completion = answer.completion
    return Charge(
        key=(asked.today.isoformat(), model, asked.endpoint),
        prompt_tokens=completion.prompt_tokens,
        completion_tokens=completion.completion_tokens,
        cost=completion.cost.total,
    )


def _born(call: Call) -> int:
    """What was made then, or before, is expired."""
    return call.now - call.facts.jobs.kept


def _row(job: Job, moment: float) -> JSONObject:
    status = job.status(moment)
    return {
        "id": job.id,
        "model": job.model,
        "created_at": job.created_at,
        "started_at": None if status == "CREATED" else job.started_at,
        "completed_at": job.ended_at if status == "COMPLETED" else None,
        "failed_at": job.ended_at if status == "FAILED" else None,
        "status": status,
    }


def _whole(job: Job, moment: float) -> JSONObject:
    row = _row(job, moment)
    done, failed = row["status"] == "COMPLETED", row["status"] == "FAILED"
    return {
        **{name: row[name] for name in ("id", "model", "created_at", "started_at", "completed_at")},
        "response": job.outcome.response if done else None,
        "failed_at": row["failed_at"],
        "error_message": job.outcome.error if failed else None,
        "status": row["status"],
    }


def _nobodys(call: Call) -> JSONObject:
    """A job that nobody made, for clients whose tests ask for one."""
    job = Job(call.id, call.edition.name, call.facts.wire.stand_in, b"", call.now, call.now, call.now, 1, 1, Outcome())
    return _whole(job, 0)
