"""Arrays in, image bytes out: windows, colours, projections, encoders."""
