"""What goes out to other tools and to papers: one kind of file each, and what may not be public stays."""
