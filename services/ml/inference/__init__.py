"""What a served model says of the newest sessions, and the signals that hold it."""
