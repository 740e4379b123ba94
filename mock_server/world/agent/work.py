"""Work on a task: call functions, or use tools, then write, cut, count and price."""

from __future__ import annotations

import re
from decimal import Decimal

from mock_server.jsontypes import JSONObject
from mock_server.world import answers, language, pricing, retrieval, tokens
from mock_server.world.agent import billing, functions, legs
from mock_server.world.agent.legs import Legs, Source
from mock_server.world.agent.task import Task, Tokens, Work, World
from mock_server.world.filters import NONE
from mock_server.world.retrieval import Found

_MARKER = re.compile(r"\[([0-9]{1,4})\]")


def work(task: Task, world: World) -> Work:
    """Do a task.

    Args:
        task: What to do.
        world: Where; its names are used up in order.

    Returns:
        The output with all that is said of it. Where functions are to be called, they are all of it.
    """
    done = Legs(items=[{"name": name, "type": "skill_loaded"} for name in task.skills])
    wanted = [] if task.script is not None else functions.wanted(task)
    if wanted:
        return _asking(task, world, done, [functions.call(function, task, world) for function in wanted])
    _use_tools(task, world, done)
    return _answering(task, world, done)


def _asking(task: Task, world: World, done: Legs, calls: list[JSONObject]) -> Work:
    """Ask for calls of functions."""
    spent = sum(tokens.count(str(call["arguments"])) for call in calls)
    counted = _count(task, world, done.read, spent, 0)
    usage, cost = _usage(task, world, done, counted)
    pending = {str(call["call_id"]): str(call["name"]) for call in calls}
    return Work([*done.items, *calls], usage, counted, cost, pending, (), cut=False, text="")


def _use_tools(task: Task, world: World, done: Legs) -> None:
    """Use the built-in tools, each as often as steps and calls allow; beside a sandbox there are no others."""
    if task.tools.sandbox and _may(task, done):
        legs.sandbox(done, task, world)
        return
    _research(task, world, done)
    for offered, leg in (
        (task.tools.images is not None, legs.pictures),
        (task.tools.people, legs.people),
        (task.tools.finance, legs.finance),
        (bool(task.tools.servers), legs.servers),
    ):
        if offered and _may(task, done):
            leg(done, task, world)


def _research(task: Task, world: World, done: Legs) -> None:
    """Search and read: first the addresses that the question names, else what searches found."""
    named = legs.addresses_in(task.question) if task.tools.fetch else []
    if named:
        _fetch(task, world, done, named)
        return
    search = task.tools.search
    if search is None or not language.without_fillers(language.words(task.question)):
        return
    queries = [task.question]
    scripted = task.script is not None and task.script.citations is not None
    for number in range(1 if scripted else min(task.preset.searches, task.steps)):
        if number < len(queries) and _may(task, done):
            legs.search(done, task, world, search, queries[number], number)
        if number == 0 and done.first is not None:
            queries = legs.follow_ups(done.first, task.question, task.preset.searches)
    reads = min(task.preset.fetches, task.steps - len(done.sources))
    best = [found[0].page.url for found in done.sources if found][: max(reads, 0)]
    if best and task.tools.fetch:
        _fetch(task, world, done, best)


def _fetch(task: Task, world: World, done: Legs, addresses: list[str]) -> None:
    tool = task.tools.fetch
    left = len(addresses) if task.calls is None else task.calls - done.calls
    if tool is not None and left > 0:
        legs.fetch(done, task, world, addresses[: min(tool.most, left)], tool.tokens)


def _may(task: Task, done: Legs) -> bool:
    return task.calls is None or done.calls < task.calls


def _answering(task: Task, world: World, done: Legs) -> Work:
    """Write the message, as far as its limit goes; thoughts come first and may leave nothing for it."""
    thoughts = world.facts.agent.reasoning_tokens[task.effort]
    text = _text(task, world, done)
    count = tokens.count(text)
    left = count if task.limit is None else task.limit - thoughts
    cut = left < count
    if cut:
        thoughts = min(thoughts, task.limit or 0)
        text, count = (tokens.head(text, left), left) if left > 0 else ("", 0)
    counted = _count(task, world, done.read, thoughts + count, thoughts)
    usage, cost = _usage(task, world, done, counted)
    items = list(done.items)
    if text or not cut:
        items.append(_message(world, text, world.facts.agent.truncated_status if cut else "completed"))
    return Work(items, usage, counted, cost, {}, tuple(done.files), cut=cut, text=text)


def _message(world: World, text: str, status: str) -> JSONObject:
    return {
        "content": [{"annotations": [], "text": text, "type": "output_text"}],
        "id": world.name("msg"),
        "role": "assistant",
        "status": status,
        "type": "message",
    }


def _text(task: Task, world: World, done: Legs) -> str:
    """Quote the best sources of each leg, each with its mark; what functions gave comes last."""
    if task.script is not None:
        return task.script.text
    if task.structured is not None:
        return task.structured
    chosen = [source for found in done.sources for source in found[: task.preset.cited]]
    about = done.first or retrieval.find(
        task.question, count=0, depth=1, filters=NONE, today=world.today, seed=world.seed, spoken=task.language
    )
    cited = Found([source.page for source in chosen], about.subject, about.language, about.topic)
    text = _marked(answers.compose(cited, depth=1).content, chosen, task)
    return "\n\n".join([text, *(f"{given.name}: {given.output}" for given in task.given)])


def _marked(text: str, chosen: list[Source], task: Task) -> str:
    """Put the marks of the preset in the place of running numbers."""

    def mark(match: re.Match[str]) -> str:
        index = int(match.group(1)) - 1
        if not 0 <= index < len(chosen):
            return match.group()
        number = chosen[index].number
        return f"[web:{number}]" if task.preset.marks == "web" else f"[{number or 1}]"

    return _MARKER.sub(mark, text)


def _count(task: Task, world: World, read: int, output: int, thoughts: int) -> Tokens:
    """Count the input by what the cache gave, what it took, and what it passed by (evidence 6.4)."""
    own = task.preset.prompt_tokens if task.prefixed else 0
    total = own + task.prompt + task.history + read
    prices, habits = task.model.prices, world.facts.agent
    cached = bool(task.preset.prompt_tokens) and habits.caches_prompts and prices.cache_read is not None
    if not cached:
        return Tokens(total, 0, 0, output, thoughts, cached=False)
    kept = own + task.history if task.prefixed else task.history
    fresh = total - kept
    created = 0 if prices.cache_write is None else max(fresh - habits.uncached_tokens, 0)
    return Tokens(total, created, kept, output, thoughts, cached=True)


def _usage(task: Task, world: World, done: Legs, counted: Tokens) -> tuple[JSONObject, Decimal]:
    quantum = pricing.quantum(world.facts.wire.cost_decimals)
    return billing.usage(task.model.prices, counted, done.bills, quantum, factor=task.price_factor)
