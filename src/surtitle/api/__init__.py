"""The HTTP surface: routes, problem documents, the guard. No logic that a service could hold."""
