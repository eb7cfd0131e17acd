"""What the containers are made of, tested without a container."""
