"""Answers to many images, kept on disk while they are looked through and handed on."""
