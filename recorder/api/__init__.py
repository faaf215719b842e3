"""FACE to machines: what they ask over HTTP. Metrics, health and readiness so far."""
