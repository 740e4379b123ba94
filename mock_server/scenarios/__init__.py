"""Ready-made scenarios: what people complained about, as data that a lane can be given."""
