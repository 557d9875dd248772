"""Set-based reads; each takes the session and the viewer, and never commits."""
