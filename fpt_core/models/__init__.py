"""The method: frozen backbone, token selection, fusion module and side network."""
