"""The parts of random_run.py: what is asked, who answers, and what is judged."""
