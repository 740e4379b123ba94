"""pplx-mock: an offline fake of the Perplexity API."""

__version__ = "0.1.0"
