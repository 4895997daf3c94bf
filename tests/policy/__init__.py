"""Who may do what, as one table, and the place in which every address of the server is asked against it."""
