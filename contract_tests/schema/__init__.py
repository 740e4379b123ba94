"""Schemathesis against a target: every operation, all its phases, its checks and ours."""
