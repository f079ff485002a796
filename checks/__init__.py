"""Claims, the evidence they are judged by, and the verdicts that follow."""
