"""A job of the store as a directory of files, in the layout of Harbor and Pier."""
