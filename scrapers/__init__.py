"""What can be collected: one file a kind of source, each with pure parsing and a thin fetch."""
