"""How near a reconstruction is to the truth of a data set (turntable/)."""
