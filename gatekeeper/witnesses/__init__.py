"""Who is asked about a reply beside the checks: a judge model, embeddings, own checks."""
