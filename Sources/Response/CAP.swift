// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// A public notice as an alert of the Common Alerting Protocol 1.2 (OASIS, 2010), in each of the publisher's languages.
/// What becomes an alert, and how truth is said in its terms, is a table in `docs/feeds.md`.
package struct CAP: Sendable {
    /// Who speaks, and in which words.
    package struct Publisher: Sendable {
        /// Unique among all senders, without spaces, commas, `<` and `&`.
        package let sender: String
        /// The coalition's name, by language code.
        package let name: @Sendable (Language) -> String
        /// Where our pages are, without a slash at the end; nil when the keeper named no address.
        package let address: String?
        package let hotline: String
        package let places: Places
        /// The languages to write in, English first.
        package let words: [Words]

        package init(
            sender: String,
            name: @escaping @Sendable (Language) -> String,
            address: String?,
            hotline: String,
            places: Places,
            words: [Words]
        ) {
            self.sender = sender
            self.name = name
            self.address = address
            self.hotline = hotline
            self.places = places
            self.words = words
        }
    }

    let notice: PublicNotice
    /// The alerts before it in its chain that it changes.
    let earlier: [PublicNotice]
    let publisher: Publisher

    package init(_ notice: PublicNotice, after earlier: [PublicNotice], by publisher: Publisher) {
        (self.notice, self.earlier, self.publisher) = (notice, earlier, publisher)
    }

    package var xml: XML {
        let exercise: XML =
            notice.item.isExercise
            ? "<note>\(Words(language: .english)("feed.exercise|This is a drill. Nothing here is real."))</note>\n"
            : .empty
        let references = earlier.map { "\($0.sender ?? publisher.sender),\($0.id.text),\(Self.time($0.at))" }
        let refers: XML =
            references.isEmpty ? .empty : "<references>\(references.joined(separator: " "))</references>\n"
        return """
            <?xml version="1.0" encoding="UTF-8"?>
            <alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
            <identifier>\(notice.id)</identifier>
            <sender>\(publisher.sender)</sender>
            <sent>\(Self.time(notice.at))</sent>
            <status>\(notice.item.isExercise ? "Exercise" : "Actual")</status>
            <msgType>\(messageType)</msgType>
            <scope>Public</scope>
            \(exercise)\(refers)<incidents>\(notice.item.name)</incidents>
            \(publisher.words.map(info))</alert>

            """
    }

    /// Until when an alert holds: what is confirmed as long as it says, the end of it for a day.
    package static func expiry(of notice: PublicNotice) -> Instant {
        isActive(notice) ? notice.item.expiresAt ?? notice.at + .hours(4) : notice.at + .hours(24)
    }

    private static func isActive(_ notice: PublicNotice) -> Bool {
        notice.isOpen && notice.item.truth == .confirmed && !notice.item.isOver
    }

    private var item: PublicStatus.Item { notice.item }

    private var messageType: String {
        switch notice.act {
        case .alert: "Alert"
        case .update: "Update"
        case .cancel, .told, .withdrawn: "Cancel"
        }
    }

    private func info(_ t: Words) -> XML {
        let text = NoticeWords(notice, publisher, t)
        let (response, urgency) = advice
        let web: XML? = publisher.address.map { "<web>\($0)/now</web>\n" }
        let instruction: XML? = text.instruction.map { "<instruction>\($0)</instruction>\n" }
        return """
            <info>
            <language>\(t.language.code)-US</language>
            <category>Safety</category>
            <event>\(text.event)</event>
            <responseType>\(response)</responseType>
            <urgency>\(urgency)</urgency>
            <severity>Unknown</severity>
            <certainty>\(certainty)</certainty>
            <onset>\(Self.time(item.firstSeenAt))</onset>
            <expires>\(Self.time(Self.expiry(of: notice)))</expires>
            <senderName>\(publisher.name(t.language))</senderName>
            <headline>\(text.headline)</headline>
            <description>\(text.description)</description>
            \(instruction)\(web)<contact>\(publisher.hotline)</contact>
            <parameter><valueName>vecinos:truth</valueName><value>\(item.truth.rawValue)</value></parameter>
            <parameter><valueName>vecinos:evidence</valueName><value>\(item.level.name)</value></parameter>
            \(area(text.place))</info>

            """
    }

    /// Only what has ended, or was not so, is past and clear. What nobody can say any more, and what was taken back, is for
    /// everybody to look at again.
    private var advice: (response: String, urgency: String) {
        if Self.isActive(notice) { return ("Monitor", "Immediate") }
        if notice.act == .withdrawn { return ("Assess", "Unknown") }
        return switch item.truth {
        case .confirmed, .notEnforcement, .unfounded: ("AllClear", "Past")
        case .unknown, .unable: ("Assess", "Unknown")
        }
    }

    /// Observed is what a trained neighbor saw with their own eyes; all else is likely at most.
    private var certainty: String {
        if notice.act == .withdrawn { return "Unknown" }
        return switch item.truth {
        case .confirmed: item.level == .onScene ? "Observed" : "Likely"
        case .notEnforcement, .unfounded: "Unlikely"
        case .unknown, .unable: "Unknown"
        }
    }

    /// Never finer than a neighborhood: the cell, or the circle of a place that is larger than one.
    private func area(_ name: String) -> XML {
        let place = item.zone.flatMap(publisher.places.place)
        var shape = XML.empty
        var codes = XML.empty
        if let cell = item.cell(in: publisher.places) {
            let corners = cell.corners(in: publisher.places.grid)
            let ring = (corners + corners.prefix(1)).map { Self.pair($0) }.joined(separator: " ")
            shape = "<polygon>\(ring)</polygon>\n"
            codes = "<geocode><valueName>vecinos:cell</valueName><value>\(cell.text)</value></geocode>\n"
        } else if let place {
            let kilometres = (place.radius / 100).rounded(.up) / 10
            shape = "<circle>\(Self.pair(place.center)) \(String(kilometres))</circle>\n"
        }
        if let place {
            codes += "<geocode><valueName>vecinos:place</valueName><value>\(place.id)</value></geocode>\n"
        }
        return "<area>\n<areaDesc>\(name)</areaDesc>\n\(shape)\(codes)</area>\n"
    }

    /// To about a metre; latitude first, unlike GeoJSON.
    static func pair(_ point: Point, _ separator: String = ",") -> String {
        func rounded(_ degrees: Double) -> String { String((degrees * 100_000).rounded() / 100_000) }
        return "\(rounded(point.latitude))\(separator)\(rounded(point.longitude))"
    }

    /// CAP 1.2 forbids `Z`: UTC is `-00:00` (3.3.2).
    static func time(_ instant: Instant) -> String { "\(instant.iso8601.dropLast())-00:00" }
}
