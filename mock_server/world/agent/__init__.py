"""The offline agent: what a task makes it do, what it writes, and what that costs."""
