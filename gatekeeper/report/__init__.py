"""What people and machines are shown: pure functions from a judgement to text."""
