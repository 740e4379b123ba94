"""The rules that no schema can say, by id; each says what the refusal's text needs, or nothing where it is kept."""

from __future__ import annotations

from mock_server.rules import agent, days, domains, embeddings, formats, messages, tokens
from mock_server.rules.rule import Rule

RULES: dict[str, Rule] = {
    rule.id: rule
    for rule in (
        *messages.RULES,
        *tokens.RULES,
        *formats.RULES,
        *domains.RULES,
        *days.RULES,
        *embeddings.RULES,
        *agent.RULES,
    )
}
"""Every rule that the fake can hold a request to."""

__all__ = ["RULES", "Rule"]
