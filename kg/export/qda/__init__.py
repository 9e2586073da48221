"""Evidence as a REFI-QDA project, and the concept scheme as a codebook, for tools of qualitative analysis."""
