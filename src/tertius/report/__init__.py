"""What happened in a log, as one page that opens offline and that anybody can read."""
