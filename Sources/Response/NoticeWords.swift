// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// What a notice says in one language, for alerts and feeds. Nothing about the law: that is in the pack's facts, to which
/// the instruction leads.
struct NoticeWords {
    let event: String
    let headline: String
    let description: String
    let instruction: String?
    let place: String

    init(_ notice: PublicNotice, _ publisher: CAP.Publisher, _ t: Words) {
        let item = notice.item
        let known = item.zone.flatMap(publisher.places.place)
        place = known?.name(in: t.language.code) ?? t("place.unknown|Place not known yet")
        event = t("feed.event|Immigration enforcement activity")
        let state = Self.state(notice, t)
        headline = t(
            "feed.headline|{state}: {what}, {place}",
            ["state": state, "what": t(item.kind.label), "place": place]
        )
        var lines: [String] = item.isExercise ? [t("feed.exercise|This is a drill. Nothing here is real.")] : []
        switch notice.act {
        case .alert, .update, .told:
            lines.append(state + ".")
        case .cancel:
            lines.append(
                t("feed.correction|We said this was confirmed. That does not hold. {state}.", ["state": state])
            )
        case .withdrawn:
            lines.append(t("feed.withdrawn|We took this back. Look at our page for what is true now."))
        }
        if notice.act != .withdrawn {
            if let explanation = item.explanation?.text(in: t.language.code) { lines.append(explanation) }
            if let how = item.how { lines.append(t("feed.how|How we know: {how}.", ["how": t(how.label)])) }
        }
        description = lines.joined(separator: "\n")
        instruction = notice.isOpen && !item.isOver ? Self.instruction(publisher, t) : nil
    }

    private static func state(_ notice: PublicNotice, _ t: Words) -> String {
        if notice.act == .withdrawn { return t("feed.taken_back|Taken back") }
        let item = notice.item
        let now = item.truth == .confirmed && item.isOver ? t("feed.over|Over") : t(item.truth.label)
        return notice.act == .cancel ? t("feed.corrected|Correction: {state}", ["state": now]) : now
    }

    private static func instruction(_ publisher: CAP.Publisher, _ t: Words) -> String {
        let call = t("feed.call|Call us: {number}.", ["number": publisher.hotline])
        guard let address = publisher.address else { return call }
        return t("feed.rights|What to say and do: {address}", ["address": "\(address)/rights"]) + "\n" + call
    }
}
