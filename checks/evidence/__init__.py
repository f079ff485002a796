"""One module per kind of evidence; none of them knows any claim."""
