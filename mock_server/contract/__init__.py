"""The contract: loads, bundles, overlays and resolves `openapi/`, and checks bodies against it."""
