"""`surtitle evaluate`: results held against a reference, in the measures of the field."""
