"""The offline web and model behind the answers: pure functions of seed, edition and request."""
