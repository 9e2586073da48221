"""The references of other tools: one reader for each format, and what they come to in the words of the record."""
