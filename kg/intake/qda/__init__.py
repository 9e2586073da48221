"""Projects, codebooks and highlights of tools for qualitative analysis: coded passages that become claims."""
