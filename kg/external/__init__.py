"""Data of others that the graph links to: indicators of countries, groups of countries, organisations."""
