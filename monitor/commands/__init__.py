"""What `groundswell COMMAND` does: one file a command, each with its `click` command in it."""
