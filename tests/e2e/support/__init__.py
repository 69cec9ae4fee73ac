"""What the end-to-end tests share: the lab, an HTTP client that runs on the lab's nodes, and waiting."""
