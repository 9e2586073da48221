"""Tables for a paper: what they hold, and each kind of file that they are written as."""
