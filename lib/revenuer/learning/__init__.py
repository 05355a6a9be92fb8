"""Learning from judged worlds: what a finding weighs, how far a probability can be believed, what a signal is for."""
