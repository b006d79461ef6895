"""Keeping the rulebook right: lint, what changed between two rulebooks, and skeletons for new rules."""
