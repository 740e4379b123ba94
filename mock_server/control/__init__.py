"""The control API under `/__admin/`, one file a resource, and the contract itself at `/openapi.json`."""
