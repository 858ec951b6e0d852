"""What can be known before a run starts, judged: facts that AWS told in, errors that name field and remedy out."""
