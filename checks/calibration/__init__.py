"""How often the statistical checks raise false alarms, and miss what they say they catch: each under many seeds."""
