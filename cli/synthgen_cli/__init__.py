"""The command line: one thin command a file, each calling one library function."""
