"""What is decided and done: configuration, analysis, rules, decisions and the two loops that do I/O."""
