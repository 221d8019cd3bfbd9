"""What the interface speaks of, a module each: what is taken, what is told, and the operations."""
