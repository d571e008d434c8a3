"""Repeated runs of a pattern: found, aligned and measured."""
