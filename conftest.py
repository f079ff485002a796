"""Loads the suite's pytest plugin; options are unknown unless this happens at the root."""

pytest_plugins = ["tests.plugin"]
