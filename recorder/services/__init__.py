"""USE CASES: load, decide (pure), append. Plain functions; the first argument is what they work on."""
