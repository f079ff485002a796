"""From a results file to a page: everything here reads results and imports nothing else of the suite."""
