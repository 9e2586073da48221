"""What developers run, and the product never does: `python -m tools.NAME`. Not shipped in the wheel."""
