"""What can be published of a run: the same content as a page, as JSON and as a model card.

Nothing in it names a patient, a file or a folder: parts are made of counts, figures and settings.
"""
