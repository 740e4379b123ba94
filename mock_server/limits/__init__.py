"""How much an account may ask: leaky buckets by tier or as given, a monthly quota, and a credit."""
