"""The pages that people use in a browser, under `/app`: templates over the same services as the API."""
