"""The university: four agents over a small student information system, and eleven attacks."""
