"""One module for each application: how it is started and what its users do."""
