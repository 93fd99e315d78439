// SPDX-License-Identifier: AGPL-3.0-or-later
import CPango

/// A tagged PDF, drawn by Cairo and set by Pango: every script is shaped and runs its own way, fonts are embedded as
/// subsets, text can be copied and is read in the order in which it was written. All lengths are millimetres from the
/// top left corner. Not to be shared between threads; drawing takes milliseconds, so do it off the event loops.
package final class PDF {
    package enum Problem: Error, Sendable { case notDrawn(String) }

    /// What a part is, for who has it read aloud (ISO 32000-1, 14.8.4).
    package enum Role: String, Sendable {
        case heading1 = "H1"
        case heading2 = "H2"
        case paragraph = "P"
        case list = "L"
        case item = "LI"
        case section = "Sect"
        /// Words in English for somebody else: marked so, whatever the language of the whole.
        case quote = "Quote"
        case figure = "Figure"
    }

    /// Points in a millimetre.
    private static let unit = 72 / 25.4

    private final class Sink { var bytes: [UInt8] = [] }

    private let sink = Sink()
    private let surface: OpaquePointer
    private let canvas: OpaquePointer
    private let label: Label
    private var pages = 0
    private var isOpen = true

    private struct Label {
        let language: Language
        let title: String
        let figures: String
    }

    /// `figures` is what drawn parts (QR codes) are called for who can't see them; `day` the date it bears, `2026-11-22`:
    /// the same content gives the same bytes.
    package init(
        title: String,
        author: String,
        language: Language,
        figures: String,
        day: String,
        width: Double,
        height: Double
    ) throws {
        let write: cairo_write_func_t = { sink, bytes, count in
            guard let sink, let bytes else { return CAIRO_STATUS_WRITE_ERROR }
            Unmanaged<Sink>.fromOpaque(sink).takeUnretainedValue().bytes += UnsafeBufferPointer(
                start: bytes,
                count: Int(count)
            )
            return CAIRO_STATUS_SUCCESS
        }
        guard LateLibrary.pango.load() else { throw Problem.notDrawn("\(LateLibrary.pango.file) is missing") }
        guard
            let surface = cairo_pdf_surface_create_for_stream(
                write,
                Unmanaged.passUnretained(sink).toOpaque(),
                width * Self.unit,
                height * Self.unit
            ), let canvas = cairo_create(surface)
        else { throw Problem.notDrawn("no surface") }
        (self.surface, self.canvas) = (surface, canvas)
        label = Label(language: language, title: title, figures: figures)
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, title)
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_AUTHOR, author)
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "Vecinos")
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, "\(day)T00:00:00Z")
        cairo_tag_begin(canvas, "Document", nil)
    }

    deinit {
        cairo_destroy(canvas)
        cairo_surface_destroy(surface)
    }

    /// The next page; the first is there from the start.
    package func turnPage() {
        cairo_show_page(canvas)
        pages += 1
    }

    /// What `draw` draws is one part of that role. Without a role it is decoration and is not read aloud. English that
    /// stands in for words of the document's language is marked as English.
    package func part(_ role: Role, in language: Language? = nil, _ draw: () throws -> Void) rethrows {
        let isForeign = language == .english && label.language != .english && role != .quote
        cairo_tag_begin(canvas, role.rawValue, nil)
        if isForeign { cairo_tag_begin(canvas, Self.foreign, nil) }
        defer {
            if isForeign { cairo_tag_end(canvas, Self.foreign) }
            cairo_tag_end(canvas, role.rawValue)
        }
        try draw()
    }

    /// Nothing else is a span.
    static let foreign = "Span"

    /// How high the text would stand.
    package func height(of text: String, _ style: TextStyle, width: Double) -> Double {
        let layout = layout(text, style, width: width)
        defer { g_object_unref(UnsafeMutableRawPointer(layout)) }
        return Self.height(layout, style)
    }

    /// Sets a text that is broken into lines of `width`; gives its height. Right-to-left text stands at the right edge.
    @discardableResult
    package func text(_ text: String, _ style: TextStyle, x: Double, y: Double, width: Double) -> Double {
        let layout = layout(text, style, width: width)
        defer { g_object_unref(UnsafeMutableRawPointer(layout)) }
        cairo_set_source_rgb(canvas, style.ink.red, style.ink.green, style.ink.blue)
        let height = Self.height(layout, style)
        // What a line stands closer is taken from above and below it.
        let spare = (Self.height(layout) - height) / 2
        cairo_move_to(canvas, x * Self.unit, (y - spare) * Self.unit)
        pango_cairo_show_layout(canvas, layout)
        return height
    }

    package func fill(_ ink: Ink, x: Double, y: Double, width: Double, height: Double) {
        cairo_set_source_rgb(canvas, ink.red, ink.green, ink.blue)
        cairo_rectangle(canvas, x * Self.unit, y * Self.unit, width * Self.unit, height * Self.unit)
        cairo_fill(canvas)
    }

    /// A straight line; `thickness` in millimetres.
    package func line(_ ink: Ink, from: (x: Double, y: Double), to: (x: Double, y: Double), thickness: Double) {
        cairo_set_source_rgb(canvas, ink.red, ink.green, ink.blue)
        cairo_set_line_width(canvas, thickness * Self.unit)
        cairo_move_to(canvas, from.x * Self.unit, from.y * Self.unit)
        cairo_line_to(canvas, to.x * Self.unit, to.y * Self.unit)
        cairo_stroke(canvas)
    }

    /// A square with its quiet zone, `size` wide.
    package func code(_ text: String, x: Double, y: Double, size: Double) throws {
        let symbol = try QRCode.Symbol(text)
        let module = size / Double(symbol.width + 2 * QRCode.quiet)
        fill(.white, x: x, y: y, width: size, height: size)
        cairo_set_source_rgb(canvas, 0, 0, 0)
        for row in 0..<symbol.width {
            for column in 0..<symbol.width where symbol[row, column] {
                cairo_rectangle(
                    canvas,
                    (x + Double(column + QRCode.quiet) * module) * Self.unit,
                    (y + Double(row + QRCode.quiet) * module) * Self.unit,
                    module * Self.unit,
                    module * Self.unit
                )
            }
        }
        cairo_fill(canvas)
    }

    /// The whole file.
    package func finished() throws -> [UInt8] {
        cairo_tag_end(canvas, "Document")
        cairo_show_page(canvas)
        cairo_surface_finish(surface)
        let status = cairo_surface_status(surface)
        guard status == CAIRO_STATUS_SUCCESS, cairo_status(canvas) == CAIRO_STATUS_SUCCESS else {
            throw Problem.notDrawn(String(cString: cairo_status_to_string(status)))
        }
        return try PDFLabel(language: label.language, title: label.title, figures: label.figures).put(on: sink.bytes)
    }

    private func layout(_ text: String, _ style: TextStyle, width: Double) -> OpaquePointer {
        let layout = pango_cairo_create_layout(canvas)
        let context = pango_layout_get_context(layout)
        pango_context_set_language(context, pango_language_from_string(style.language.code))
        // English that stands in for missing words runs its own way, or its full stop would come first.
        let isRightToLeft = style.language.isRightToLeft && text.unicodeScalars.contains(where: Self.runsRightToLeft)
        pango_context_set_base_dir(context, isRightToLeft ? PANGO_DIRECTION_RTL : PANGO_DIRECTION_LTR)
        // Letters stand where the font wants them, not on the points of a screen.
        pango_context_set_round_glyph_positions(context, 0)
        let options = cairo_font_options_create()
        cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE)
        cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF)
        pango_cairo_context_set_font_options(context, options)
        cairo_font_options_destroy(options)
        pango_layout_context_changed(layout)
        pango_layout_set_auto_dir(layout, 0)
        let font = pango_font_description_from_string(style.family)
        pango_font_description_set_absolute_size(font, style.size * Double(PANGO_SCALE))
        pango_font_description_set_weight(font, style.isBold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL)
        pango_layout_set_font_description(layout, font)
        pango_font_description_free(font)
        pango_layout_set_width(layout, Int32(width * Self.unit * Double(PANGO_SCALE)))
        pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR)
        pango_layout_set_alignment(
            layout,
            style.isCentered ? PANGO_ALIGN_CENTER : isRightToLeft ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT
        )
        if style.leading > 0 { pango_layout_set_line_spacing(layout, Float(style.leading)) }
        pango_layout_set_text(layout, text, -1)
        return layout ?? pango_layout_new(context)
    }

    /// Hebrew, Arabic, and the other scripts of that part of Unicode, with their presentation forms.
    private static func runsRightToLeft(_ letter: Unicode.Scalar) -> Bool {
        (0x590...0x8FF).contains(letter.value) || (0xFB1D...0xFDFF).contains(letter.value)
            || (0xFE70...0xFEFC).contains(letter.value)
    }

    /// Pango puts lines closer to each other, but leaves the first as high as the font says.
    private static func height(_ layout: OpaquePointer, _ style: TextStyle) -> Double {
        let whole = height(layout)
        guard style.leading > 0 else { return whole }
        let lines = Double(pango_layout_get_line_count(layout))
        return whole * style.leading * lines / (1 + style.leading * (lines - 1))
    }

    private static func height(_ layout: OpaquePointer) -> Double {
        var width: Int32 = 0
        var height: Int32 = 0
        pango_layout_get_size(layout, &width, &height)
        return Double(height) / Double(PANGO_SCALE) / unit
    }
}

/// A color of print, each part 0 to 1.
package struct Ink: Sendable, Hashable {
    let red: Double
    let green: Double
    let blue: Double

    package init(_ red: Double, _ green: Double, _ blue: Double) {
        (self.red, self.green, self.blue) = (red, green, blue)
    }

    package static let white = Ink(1, 1, 1)
    package static let black = Ink(0, 0, 0)
}

/// How a text is set: `size` in points, as printers count it.
package struct TextStyle: Sendable {
    package var size: Double
    package var language: Language
    package var isBold = false
    package var isCentered = false
    package var ink = Ink.black
    /// Lines stand so many times their own height apart; 0 is the font's own.
    package var leading = 0.0

    package init(
        _ size: Double,
        _ language: Language,
        bold: Bool = false,
        centered: Bool = false,
        ink: Ink = .black,
        leading: Double = 0
    ) {
        (self.size, self.language, isBold) = (size, language, bold)
        (isCentered, self.ink, self.leading) = (centered, ink, leading)
    }

    /// The Noto families know every script we print; the first that has a letter draws it. Han is drawn as its readers write it.
    var family: String {
        let han =
            switch language.code {
            case "zh-Hant": "Noto Sans CJK TC"
            case "ko": "Noto Sans CJK KR"
            default: "Noto Sans CJK SC"
            }
        return "Noto Sans, Noto Sans Arabic, Noto Sans Armenian, Noto Sans Khmer, \(han)"
    }
}
