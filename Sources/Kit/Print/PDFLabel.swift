// SPDX-License-Identifier: AGPL-3.0-or-later
import CQpdf

/// What Cairo 1.16 can't say of a PDF, added by qpdf: its language, that the window shows its title, the language of
/// English words within, and what a drawn part shows.
struct PDFLabel {
    let language: Language
    let title: String
    let figures: String

    func put(on bytes: [UInt8]) throws -> [UInt8] {
        guard LateLibrary.qpdf.load() else { throw PDF.Problem.notDrawn("\(LateLibrary.qpdf.file) is missing") }
        var file: qpdf_data? = qpdf_init()
        defer { qpdf_cleanup(&file) }
        qpdf_silence_errors(file)
        qpdf_set_suppress_warnings(file, 1)
        let read = bytes.withUnsafeBytes { buffer in
            qpdf_read_memory(
                file,
                "drawn",
                buffer.baseAddress?.assumingMemoryBound(to: CChar.self),
                UInt64(buffer.count),
                nil
            )
        }
        guard read & 2 == 0 else { throw PDF.Problem.notDrawn("could not be read again") }
        let root = qpdf_get_root(file)
        qpdf_oh_replace_key(file, root, "/Lang", qpdf_oh_new_unicode_string(file, language.code))
        qpdf_oh_replace_key(file, root, "/MarkInfo", qpdf_oh_parse(file, "<< /Marked true >>"))
        qpdf_oh_replace_key(
            file,
            root,
            "/ViewerPreferences",
            qpdf_oh_parse(
                file,
                language.isRightToLeft ? "<< /DisplayDocTitle true /Direction /R2L >>" : "<< /DisplayDocTitle true >>"
            )
        )
        mark(qpdf_oh_get_key(file, root, "/StructTreeRoot"), in: file, depth: 0)
        guard qpdf_init_write_memory(file) & 2 == 0 else { throw PDF.Problem.notDrawn("could not be written") }
        qpdf_set_deterministic_ID(file, 1)
        guard qpdf_write(file) & 2 == 0, let buffer = qpdf_get_buffer(file) else {
            throw PDF.Problem.notDrawn("could not be written")
        }
        return Array(UnsafeBufferPointer(start: buffer, count: Int(qpdf_get_buffer_length(file))))
    }

    /// Walks the tree of parts.
    private func mark(_ part: qpdf_oh, in file: qpdf_data?, depth: Int) {
        guard depth < 12, qpdf_oh_is_dictionary(file, part) != 0 else { return }
        let kind = qpdf_oh_get_key(file, part, "/S")
        if qpdf_oh_is_name(file, kind) != 0, let name = qpdf_oh_get_name(file, kind).map({ String(cString: $0) }) {
            if name == "/Quote" || name == "/\(PDF.foreign)" {
                qpdf_oh_replace_key(file, part, "/Lang", qpdf_oh_new_unicode_string(file, "en"))
            }
            if name == "/Figure" {
                qpdf_oh_replace_key(file, part, "/Alt", qpdf_oh_new_unicode_string(file, figures))
            }
        }
        let children = qpdf_oh_get_key(file, part, "/K")
        if qpdf_oh_is_array(file, children) != 0 {
            for index in 0..<qpdf_oh_get_array_n_items(file, children) {
                mark(qpdf_oh_get_array_item(file, children, index), in: file, depth: depth + 1)
            }
        } else {
            mark(children, in: file, depth: depth + 1)
        }
    }
}
