"""Runs experiments: every trial of a matrix of tasks and policies, each step of it an event."""
