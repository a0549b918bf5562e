"""Drop an image, see the answer and what it rests on."""
