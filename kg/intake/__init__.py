"""What comes in from other tools: each reader makes records of one kind of file, and one transaction writes them."""
