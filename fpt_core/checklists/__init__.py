"""What reporting guidelines ask of a study, and who answers: the program, or its author."""
