"""GraphQL over the store: types, planner, execution."""
