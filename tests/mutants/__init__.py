"""Wrong servers, each one small change around the fake, and harmless ones: they test the checks."""
