"""Starting up: what does not fit together stops it, with a sentence that names the culprit."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING, Any

import pytest

from mock_server import resources
from mock_server.app import create_app
from mock_server.contract import document, editions
from mock_server.contract.bodies import Body
from mock_server.errors import ContractError, PplxMockError, ResourceError
from mock_server.operations import HANDLERS, Handler
from mock_server.rules import RULES, catalogue
from mock_server.rules.rule import rule
from mock_server.settings import Settings
from mock_server.world import corpus, templates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def forget() -> None:
    """Empty the caches of contract and tables, so that they are read again; the world's topics stay who they are."""
    for name, module in list(sys.modules.items()):
        if name.startswith("mock_server") and not name.startswith("mock_server.world"):
            for member in list(vars(module).values()):
                clear = getattr(member, "cache_clear", None)
                if clear is not None:
                    clear()


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the contract and the tables, to be spoilt."""
    for folder in ("openapi", "fixtures"):
        shutil.copytree(resources.ROOT / folder, tmp_path / folder)
    monkeypatch.setattr(resources, "ROOT", tmp_path)
    forget()
    yield tmp_path
    monkeypatch.undo()
    forget()


def spoil(copy: Path, file: str, old: str, new: str) -> None:
    path = copy / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_what_fits_together_starts(copy: Path) -> None:
    for name in editions.names():
        create_app(Settings(edition=name))

    assert str(copy) == str(resources.ROOT)


# Handlers and rules


def _nobody(_call: Any, _body: Body) -> Any:
    raise AssertionError("never asked")


def test_an_operation_without_a_handler_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(HANDLERS, "verify_citations")

    with pytest.raises(ContractError, match=r"operations without a handler in operations/: verify_citations$"):
        create_app()


def test_a_handler_without_an_operation_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(HANDLERS, "decide", Handler("decide", Body, _nobody))

    with pytest.raises(ContractError, match=r"handlers without an operation in the contract: decide$"):
        create_app()


def test_a_declared_rule_without_a_function_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(RULES, "PPLX-R-DATE-REAL")

    with pytest.raises(ContractError, match=r"openapi/rules.yaml or made in rules/, but not both: PPLX-R-DATE-REAL$"):
        create_app()


def test_a_function_of_an_undeclared_rule_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RULES, "PPLX-R-NEW", rule("PPLX-R-NEW", (Body,), lambda _call, _body: None))

    with pytest.raises(ContractError, match=r"not both: PPLX-R-NEW$"):
        create_app()


def test_all_that_is_missing_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(HANDLERS, "search")
    monkeypatch.delitem(HANDLERS, "delete_cache")

    with pytest.raises(ContractError, match=r"delete_cache, search$"):
        create_app()


def test_handlers_are_called_as_their_operations(copy: Path) -> None:
    assert copy
    known = {str(operation["operationId"]) for _, _, operation in document.operations(document.load())}

    assert {name for name, handler in HANDLERS.items() if handler.name != name} == set()
    assert HANDLERS.keys() <= known


def test_a_handler_refuses_a_body_of_another_class() -> None:
    with pytest.raises(TypeError, match="search takes a SearchRequest, got a Body"):
        HANDLERS["search"].answer(object(), Body())  # type: ignore[arg-type]  # it is refused before it is looked at


def test_a_rule_refuses_a_body_that_it_does_not_know() -> None:
    with pytest.raises(TypeError, match="PPLX-R-DATE-REAL knows no Body"):
        RULES["PPLX-R-DATE-REAL"].broken(object(), Body())  # type: ignore[arg-type]  # refused before it is looked at


# Files

SLIPS = [
    ("openapi/schemas/search.yaml", "maximum: 20, default: 10", "maximum: 20, multipleOf: 5",
     r"^/components/schemas/SearchRequest/properties/max_results: unknown keyword 'multipleOf'; teach"),
    ("openapi/paths/search.yaml", "    summary: Search the web\n", "    summary: Search the web\n    callbacks: {}\n",
     r"^POST /search: unknown keyword 'callbacks' of an operation$"),
    ("openapi/paths/search.yaml", 'SearchRequest"}', 'SearchRequests"}', r"nothing at /SearchRequests"),
    ("openapi/rules.yaml", "error: mixed_domains", "error: mixed_domain",
     r"^PPLX-R-DOMAIN-MIX names .*mixed_domain\b"),
    ("openapi/rules.yaml", "    error: mixed_domains\n", "", r"^openapi/rules\.yaml: .*error.*Field required$"),
    ("openapi/rules.yaml", "    sentence: A domain filter", "    sentense: A domain filter",
     r"^openapi/rules\.yaml: .*sentence.*Field required$"),
    ("fixtures/models.yaml", "output: 1, request: {low: 5", "output: one, request: {low: 5",
     r"^fixtures, edition complete: models\.sonar\.prices\.output: "),
    ("fixtures/models.yaml", "style: plain, context_length: 200000", "style: fancy, context_length: 200000",
     r"^fixtures, edition complete: models\.sonar-pro\.style: "),
    ("fixtures/errors.yaml", "    status: 451\n", "    status: teapot\n",
     r"^fixtures, edition complete: errors\.api_key_created_before_search_api_cutoff\.status: "),
    ("fixtures/errors.yaml", '    separator: " -> "\n', "",
     r"^fixtures, edition complete: dialects\.sonar\.separator: Field required$"),
    ("fixtures/limits.yaml", "tiers: [5, 10, 20, 40, 60, 100]", "tiers: [5, 10, 20, 40, 60]",
     r"^fixtures, edition complete: limits\.3\.tiers"),
    ("fixtures/accounts.yaml", "{tier: 5}", "{teir: 5}",
     r"^fixtures, edition complete: accounts\.pplx-mock-tier-5\.teir: Extra"),
    ("fixtures/wire.yaml", "cost_decimals: 5", "cost_decimals: five",
     r"^fixtures, edition complete: wire\.cost_decimals: "),
    ("fixtures/grammars.yaml", "role: ends", "role: end", r"^fixtures, edition complete: grammars\.2026-07\.role: "),
    ("fixtures/grammars.yaml", "grammars:\n", "grammars: [\n", r"^fixtures/grammars\.yaml: "),
    ("fixtures/errors.yaml", "dialects:\n", "dialect:\n", r"^fixtures/errors\.yaml: dialects is missing$"),
    ("fixtures/limits.yaml", "limits:\n", "limit:\n", r"^fixtures/limits\.yaml: limits is missing$"),
    ("fixtures/models.yaml", "search_prices:\n", "search_price:\n",
     r"^fixtures/models\.yaml: search_prices is missing$"),
    ("fixtures/models.yaml", "  request: 5\n", "  requests: 5\n", r"search_request_price: "),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "sentence"), SLIPS, ids=lambda part: str(part)[:30].strip())
def test_a_wrong_line_stops_the_start_up_with_a_sentence_naming_it(
    copy: Path, file: str, old: str, new: str, sentence: str
) -> None:
    spoil(copy, file, old, new)

    with pytest.raises(PplxMockError, match=sentence):
        create_app()


@pytest.mark.parametrize(
    ("file", "old", "new", "sentence"),
    [
        (
            "fixtures/editions/2026-07.yaml",
            "think_block: false",
            "think_block: perhaps",
            r"^fixtures, edition 2026-07: wire\.think_block: ",
        ),
        (
            "openapi/overlays/2026-07.yaml",
            "\"$.paths['/usage']\"",
            "\"$.paths['/usages']\"",
            r"August 2026', action 8: \$\.paths\['/usages'\] finds nothing",
        ),
    ],
)
def test_a_wrong_line_of_an_edition_stops_its_start_up(
    copy: Path, file: str, old: str, new: str, sentence: str
) -> None:
    spoil(copy, file, old, new)

    with pytest.raises(PplxMockError, match=sentence):
        create_app(Settings(edition="2026-07"))


@pytest.mark.parametrize(
    ("file", "old", "new", "sentence", "load"),
    [
        (
            "fixtures/corpus/topics/coffee.json",
            '"language": "en"',
            '"langauge": "en"',
            r"topics/coffee\.json: documents\.0\.language: ",
            corpus.load.__wrapped__,
        ),
        (
            "fixtures/corpus/topics/coffee.json",
            '"topic": "coffee",',
            "",
            r"topics/coffee\.json: topic: Field required",
            corpus.load.__wrapped__,
        ),
        (
            "fixtures/corpus/topics/coffee.json",
            '"topic": "coffee",',
            '"topic": "coffee"',
            r"topics/coffee\.json: ",
            corpus.load.__wrapped__,
        ),
        (
            "fixtures/corpus/templates.json",
            '"titles"',
            '"headlines"',
            r"templates\.json: languages\.en\.titles: Field required",
            templates.load.__wrapped__,
        ),
    ],
)
def test_a_wrong_line_of_the_corpus_is_named(
    copy: Path, file: str, old: str, new: str, sentence: str, load: Callable[[], object]
) -> None:
    spoil(copy, file, old, new)

    with pytest.raises(PplxMockError, match=sentence):
        load()


def test_a_missing_file_is_named(copy: Path) -> None:
    (copy / "fixtures" / "limits.yaml").unlink()

    with pytest.raises(ResourceError, match=r"^fixtures/limits\.yaml: No such file or directory$"):
        create_app()


def test_a_table_that_is_a_list_is_named(copy: Path) -> None:
    (copy / "fixtures" / "wire.yaml").write_text("- now: 5\n", encoding="utf-8")

    with pytest.raises(ContractError, match=r"^fixtures/wire\.yaml: a table is an object, got list$"):
        create_app()


def test_a_rule_may_hold_in_some_editions_only(copy: Path) -> None:
    spoil(
        copy, "openapi/rules.yaml", "    error: mixed_domains\n", "    error: mixed_domains\n    editions: [2026-07]\n"
    )

    held = {declaration.id: declaration for declaration in catalogue.load()}["PPLX-R-DOMAIN-MIX"]

    assert [held.holds_in(name) for name in editions.names()] == [False, True, False]
