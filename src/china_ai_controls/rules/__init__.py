"""The project's own rules, beyond types and keys: one short function each, by theme."""

from . import descriptor, evidence, form, keys, people, time, wording
from .base import REGISTRY, Data, Found, Rule

__all__ = ["REGISTRY", "Data", "Found", "Rule", "descriptor", "evidence", "form", "keys", "people", "time", "wording"]
