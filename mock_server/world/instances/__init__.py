"""Instances of JSON Schemas: the parts behind `mock_server.world.structured`."""
