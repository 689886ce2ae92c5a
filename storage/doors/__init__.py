"""The doors to what is remembered, by who comes in; `storage.store` is all of them in one."""
