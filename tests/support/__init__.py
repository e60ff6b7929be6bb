"""What the tests are built from: repositories, services, the runner's launch."""
