"""What people of earlier systems type to programs that are not ours."""
