"""What few trials prove, and what times say. Pure, and exact."""
