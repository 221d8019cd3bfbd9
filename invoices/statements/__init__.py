"""Bank statements: bytes of a file to statements, or to sentences that say what could not be read. Pure; nothing is stored here."""
