// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging
import Response

/// A picture that comes when all is said already, as it does from a hand that first wrote and then took a photo. It goes to
/// the report that was just sent, within the time that a conversation lasts, and begins no new question.
struct LatePicture {
    enum Way {
        /// To what was filed; `asksPlace` where we still wait for the place.
        case picture(FiledText, asksPlace: Bool)
        case words(FiledText)
        /// What was said is on its way to be filed, and takes the picture along.
        case waits
    }

    let way: Way
    let language: String

    func goes(_ turn: TextTurn, in tx: Transaction) throws {
        let t = turn.t
        switch way {
        case .picture(let filed, let asksPlace):
            try PictureReporting.add(to: filed, in: tx)
            let place =
                asksPlace ? " " + t("text.sent_where|Where is it? Text us the place now, and we add it.") : ""
            try turn.say(t("text.picture_added|Thank you. We added your picture to your report.") + place, in: tx)
        case .words(let filed):
            try TextReporting.finish(
                TextReport.addition(to: filed.report, turn.inbound.text),
                language: language,
                from: turn.inbound,
                keys: turn.site.keys,
                in: tx
            )
        case .waits: try turn.say(t("text.picture|We have your picture."), in: tx)
        }
    }
}

extension TextDesk {
    /// Nil for everything else: words without a picture, the middle of a report, a report of long ago.
    func latePicture(_ inbound: InboundText, _ report: TextReport?, in tx: Transaction) throws -> LatePicture? {
        guard !inbound.pictures.isEmpty, report == nil || report?.step == .later else { return nil }
        let hasWords = !TextReport.isCourtesy(inbound.text)
        if let filed = try FiledText.find(with: inbound, keys: site.keys, in: tx) {
            // Words to a question that is open answer it, and take the picture along.
            if hasWords, report != nil { return nil }
            let way: LatePicture.Way = hasWords ? .words(filed) : .picture(filed, asksPlace: report != nil)
            return LatePicture(way: way, language: filed.language)
        }
        guard !hasWords, try Conversation.isFinishing(with: inbound, keys: site.keys, in: tx) else { return nil }
        let language = try inbound.chosenLanguage(site.keys, in: tx) ?? "en"
        return LatePicture(way: .waits, language: language)
    }
}
