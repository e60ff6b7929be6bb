"""The gate's proof that it can say no: bad services, made of good replies, judged like others."""
