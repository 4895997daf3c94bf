"""The pages of this app, one module a page; rules stand in the actions, not here."""
