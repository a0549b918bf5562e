"""What columns are called: English, German, French and Spanish.

Names are compared by their letters and digits alone, without accents and case; the
likeliest of each role comes first.
"""

from __future__ import annotations


def _words(*lines: str) -> tuple[str, ...]:
    return tuple(word for line in lines for word in line.split())


KEYS = _words(
    "file filename filepath path image imagename imagepath imagefile imageid imageindex img",
    "imgname imgpath picture photo scan dicom dicomid idcode isicid name",
    "datei dateiname dateipfad pfad bild bildname bilddatei",
    "fichier nomfichier chemin cliche",
    "archivo nombrearchivo ruta imagen foto",
)
LABELS = _words(
    "label labels class classname classlabel diagnosis diag dx category target finding findings",
    "findinglabels grade outcome y",
    "diagnose klasse befund befunde etikett kategorie ziel",
    "diagnostic etiquette classe categorie",
    "diagnostico etiqueta clase categoria hallazgo",
)
PATIENTS = _words(
    "patientid patient patientno patientnumber patientname subjectid subject caseid case",
    "participantid participant mrn pid personid person",
    "patientenid patientennummer patnr patid fallnummer fall",
    "idpatient numeropatient identifiantpatient",
    "idpaciente pacienteid paciente historiaclinica",
)
SPLITS = _words(
    "split set subset partition foldname datasplit",
    "aufteilung teilmenge",
    "ensemble jeu repartition",
    "conjunto particion division",
)
FRAMES = _words(
    "frame frameindex frameno framenumber slice sliceindex sliceno slicenumber page",
    "schicht schichtnummer schnitt einzelbild",
    "coupe tranche",
    "corte rebanada fotograma",
)
