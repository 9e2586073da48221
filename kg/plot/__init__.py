"""Pictures of evidence: each mark stands for rows that a query gave, and says in words what it stands for."""
