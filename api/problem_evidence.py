"""The noes about documents of evidence: a row for each, added to the one table of api.problems."""

from api.problem_kinds import ProblemKind

EVIDENCE: dict[str, ProblemKind] = {
    "document_known": ProblemKind(409, "Document known", "This file was given for this entry before."),
    "document_not_found": ProblemKind(404, "Document not found", "No document of this number is about this budget."),
    "evidence_not_found": ProblemKind(
        404, "Nothing to show", "No claim, invoice or bank line of this number is about this budget."
    ),
    "files_away": ProblemKind(503, "Files away",
                              "The files of evidence cannot be reached. Nothing was recorded; repeat with the same key.",
                              True, 5),
    "file_archive": ProblemKind(415, "Archive", "An archive is not taken. Send the documents in it one by one."),
    "file_damaged": ProblemKind(422, "File damaged", "The file cannot be read to its end. Scan or photograph it once more."),
    "file_empty": ProblemKind(400, "File empty", "There is nothing in the file."),
    "file_erased": ProblemKind(410, "File erased", "This file has been erased for good. Its entry stays."),
    "file_locked": ProblemKind(
        422, "File locked", "The PDF opens only with a password. Print it to a new PDF, or photograph it, and send that."
    ),
    "file_markup": ProblemKind(415, "Web page or drawing", "HTML, SVG and other markup is not taken. Send a PDF or a picture."),
    "file_not_there": ProblemKind(404, "File not there", "This entry has no file, or it is not where it was kept."),
    "file_runs": ProblemKind(
        422, "File with more in it",
        "The PDF has a program, a form that sends itself, or another file in it. Print it to a new PDF and send that.",
    ),
    "file_takes_too_much": ProblemKind(
        422, "File takes too much",
        "The file cannot be read within the time and memory that one has here. Print it to a new PDF, or photograph it, and send "
        "that.",
    ),
    "files_busy": ProblemKind(503, "Files busy", "Other files are being read. Nothing was recorded; repeat with the same key.",
                              True, 5),
    "file_too_large": ProblemKind(413, "File too large", "The file is larger than is taken here."),
    "file_too_many_pixels": ProblemKind(422, "Picture too large", "The picture has too many pixels. Send a smaller one."),
    "file_type_unknown": ProblemKind(
        415, "Type of file", "PDF, JPEG, PNG and HEIC are taken, told by what is in the file."
    ),
    "upload_elsewhere": ProblemKind(
        409, "Go on elsewhere", "This part does not begin where the upload ends. Go on at the offset that is told."
    ),
    "upload_incomplete": ProblemKind(
        409, "Not all there",
        "What has come is not the file of this hash yet. Send the rest from the offset that is told, or drop it and begin anew.",
    ),
    "uploads_full": ProblemKind(
        409, "Too many parts", "Too much is waiting to be finished, or in parts that are too small. Finish or drop an upload first."
    ),
    "words_missing": ProblemKind(400, "Words missing", "Say what happened to the document, in your own words."),
}  # fmt: skip
"""Code → what it is answered as."""
