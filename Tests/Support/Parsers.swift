// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import Messaging
import People
import Response
import Vault

/// Everything of ours that reads bytes from outside, each with good inputs to begin from. `ParserTests` feeds mutations
/// of them in every check, `bin/fuzz` lets libFuzzer look for worse. A parser may throw; it must not trap, and where it
/// promises one way to write a thing, that is held against it here.
package struct Parser: Sendable, CustomStringConvertible {
    package let name: String
    /// Good inputs.
    package let seeds: [[UInt8]]
    package let feed: @Sendable ([UInt8]) -> Void

    package var description: String { name }

    init(_ name: String, _ seeds: [[UInt8]], feed: @escaping @Sendable ([UInt8]) -> Void) {
        (self.name, self.seeds, self.feed) = (name, seeds, feed)
    }

    /// For those that read text.
    init(_ name: String, text seeds: [String], feed: @escaping @Sendable (String) -> Void) {
        self.init(name, seeds.map { Array($0.utf8) }) { feed(String(decoding: $0, as: UTF8.self)) }
    }

    /// `folder`: the repository, for the content pack.
    package static func all(folder: String) throws -> [Parser] {
        try forms + codes + blobs + proofs + places(folder) + messages + texts + pack
    }

    // MARK: - Requests

    private static let forms = [
        Parser("form", text: ["step=where&kind=home&place=Pacoima%20%C3%A9", "a=1&a=2&b", "%zz=%4&=&&+=+"]) { text in
            guard let form = try? Form(urlEncoded: Array(text.utf8)) else { return }
            for field in form.texts { _ = (form[field.name], form.all(field.name), form.isOn(field.name)) }
        },
        Parser("multipart", [multipart]) { bytes in
            let whole = try? Form(multipart: bytes, boundary: "b")
            _ = whole?.files("photo").first?.bytes
            // The one that reads as it comes, cut at places that the input chooses.
            guard var reader = try? MultipartReader(boundary: "b", textLimit: 4_096) else { return }
            var rest = bytes[...]
            let length = max(1, Int(bytes.first ?? 1) % 23)
            while !rest.isEmpty {
                guard (try? reader.read(rest.prefix(length))) != nil else { return }
                rest = rest.dropFirst(length)
            }
            _ = try? reader.finish()
        },
        Parser("accept-language", text: ["es-MX, es;q=0.9, en;q=0.5, *;q=0.1", "en", ";q=", "a-b-c-d;q=1.0000,,"]) {
            text in
            _ = Library().preferred(text)
        },
        Parser(
            "json",
            text: [#"{"latitude":34.05,"longitude":-118.25}"#, #"["n12.-7","w0.0"]"#, #"{"size":"2","time":"now"}"#]
        ) { text in
            let data = Data(text.utf8)
            _ = try? JSONDecoder().decode(Point.self, from: data)
            _ = try? JSONDecoder().decode([Cell].self, from: data)
            _ = try? JSONDecoder().decode(Salute.self, from: data)
            _ = WebhookTarget(json: text)
        },
    ]

    private static let multipart = Array(
        ("--b\r\nContent-Disposition: form-data; name=\"words\"\r\n\r\nhola\r\nvecina\r\n--b\r\nContent-Disposition: form-data; "
            + "name=\"photo\"; filename=\"a;b.jpg\"\r\nContent-Type: x/y\r\n\r\n\r\n--\r\n--other\r\n--\r\n--b--\r\n")
            .utf8
    )

    // MARK: - Codes and tokens

    private static let codes = [
        Parser(
            "codes",
            text: ["7F3K-Q2MX-9T4B-HH2C-80WZ-1VRA-C", "7f3k q2mx", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "123456"]
        ) { text in
            if let code = try? ReporterCode(typed: text) {
                let again = try? ReporterCode(typed: code.text)
                precondition(again?.text == code.text, "a code has one way to be written")
            }
            _ = try? RecoveryCode(typed: text)
            if let secret = OneTimeSecret(base32: text) {
                _ = secret.step(of: text, at: Instant(milliseconds: .max), usedUpTo: .max)
                _ = secret.step(of: text, at: Instant(milliseconds: .min), usedUpTo: .min)
            }
        },
        Parser(
            "tokens",
            text: [
                FormToken.issue(for: "report", at: noon, keys: keys), linked, "019a0000-0000-7000-8000-00000000beef",
            ]
        ) { text in
            _ = try? FormToken(text, for: "report", at: noon, keys: keys)
            _ = try? SignedLink.payload(.offer, text, keys: keys)
            _ = SessionToken(cookie: text)
            if let bytes = Base64URL.bytes(text, count: 16) {
                precondition(Base64URL.text(bytes) == text, "base64url has one way to be written")
            }
            if let ref = Ref<Person>(text) { precondition(ref.text == text) }
            _ = LoginName(text)
            _ = Passphrase(text).problem(login: nil)
            _ = PassphraseCost(text)
        },
    ]

    private static let keys = InstanceKeys(
        boot: Secret([UInt8](repeating: 7, count: 32)),
        root: Secret([UInt8](repeating: 9, count: 32))
    )
    private static let noon = Instant(milliseconds: 1_780_000_000_000)
    private static var linked: String {
        (try? SignedLink.token(.offer, [UInt8](repeating: 3, count: 16), keys: keys)) ?? ""
    }

    // MARK: - Blobs

    private static let blobs = [
        Parser("envelope", sealed) { bytes in
            _ = Envelope.slot(of: bytes)
            guard let envelope = try? Envelope(bytes) else { return }
            guard let pair else { return }
            let ring = Keyring(mailbox: pair, shredder: nil)
            _ = try? envelope.open(kind: "mailbox.message", record: "one", with: ring)
        },
        Parser(
            "field",
            [(try? keys.opened().fields.seal("+13235550100", table: "contacts", column: "address", id: "one")) ?? []]
        ) { bytes in
            _ = try? keys.opened().fields.open(bytes, table: "contacts", column: "address", id: "one")
            if let wrapped = try? WrappedSeed(value: .blob(bytes)) {
                _ = try? wrapped.unwrap(
                    under: Secret([UInt8](repeating: 1, count: 32)),
                    person: "one",
                    for: .passphrase
                )
            }
        },
        Parser("file", [[1] + [UInt8](repeating: 5, count: 60)]) { bytes in
            let key = Secret([UInt8](repeating: 2, count: 32))
            for head in [Array(bytes.prefix(FileSeal.head)), [1] + [UInt8](repeating: 0, count: FileSeal.head - 1)] {
                guard var reader = try? FileSeal.Reader(key: key, record: "one", head: head) else { continue }
                _ = try? reader.open(Array(bytes.dropFirst(FileSeal.head)), isLast: bytes.count % 2 == 0)
            }
        },
    ]

    private static let pair = try? KeyPair(seed: Secret([UInt8](repeating: 4, count: 32)))
    private static var sealed: [[UInt8]] {
        let team = TeamKey(team: "mailbox", epoch: 0, publicKey: pair?.publicKey ?? [])
        return [(try? Envelope.seal(Data("{}".utf8), kind: "mailbox.message", record: "one", to: [team])) ?? []]
    }

    // MARK: - Proofs that somebody hands us

    private static let proofs = [
        Parser("log", text: [log]) { text in
            guard let file = try? LogFile(text) else { return }
            precondition(file.goesOn(from: file.checkpoint), "a log goes on from its own checkpoint")
        },
        Parser("checkpoint", text: [note]) { text in
            let parts = text.split(separator: "\u{0}", maxSplits: 1).map(String.init)
            let verifier = parts.first.flatMap(Checkpoint.Verifier.init)
            if let verifier { precondition(verifier.description == parts.first) }
            for note in parts { _ = Checkpoint(note, by: verifier ?? signer) }
        },
        Parser("zip", [(try? StoredZip.archive([.init("a/b.txt", "x"), .init("c", [0, 1, 2])])) ?? []]) { bytes in
            if let entries = try? StoredZip.entries(bytes) {
                precondition((try? StoredZip.archive(entries)) == bytes, "an archive has one way to be written")
            }
            _ = try? EvidenceBundle.Checked(bytes)
        },
        Parser("merkle", [[UInt8](repeating: 8, count: 200)]) { bytes in
            let hashes = stride(from: 0, to: bytes.count, by: 32).map {
                MerkleTree.leaf(Array(bytes[$0..<min($0 + 32, bytes.count)]))
            }
            let size = Int(bytes.first ?? 0)
            _ = MerkleTree.Head(size: size, hashes: hashes)
            _ = MerkleTree.inclusionProof(of: size, in: hashes)
            _ = MerkleTree.consistencyProof(from: size, in: hashes)
        },
    ]

    private static var signer: Checkpoint.Verifier {
        Checkpoint.Verifier(log: "audit", signingKey: (try? keys.opened().signingKey) ?? [])
    }
    private static let leaves = [
        #"{"action":"team.granted","log":"audit"}"#, #"{"action":"session.began","log":"audit"}"#,
    ]
    private static var checkpoint: Checkpoint? {
        let root = MerkleTree.root(leaves.map { MerkleTree.leaf(Array($0.utf8)) })
        return try? Checkpoint.sign(log: "audit", size: leaves.count, root: root, with: keys.opened())
    }
    private static var log: String {
        (["vecinos log 1", signer.description, "\(leaves.count)"] + leaves).joined(separator: "\n") + "\n\n"
            + (checkpoint?.note ?? "")
    }
    private static var note: String { signer.description + "\u{0}" + (checkpoint?.note ?? "") }

    // MARK: - Places and times

    private static func places(_ folder: String) throws -> [Parser] {
        let places = try Places.load(folder: "\(folder)/content/places")
        guard let origin = Point(latitude: 34, longitude: -118) else { return [] }
        return [
            Parser("cell", text: ["n12.-7", "w0.0", "d-1000000.1000000", "s00.1"]) { text in
                guard let cell = Cell(text) else { return }
                precondition(cell.text == text, "a cell has one name")
                _ = (cell.neighbors(ring: 2), cell.outline(), cell.parent, Resolution.allCases.map(cell.cell(at:)))
                _ = cell.corners(in: Grid(origin: origin))
            },
            Parser(
                "place",
                text: [
                    "Whittier Blvd and Lorena St", "Boyle Heights cerca de la 4", "LA", "esquina de la Primera y Soto",
                ]
            ) { text in
                _ = places.search(text)
                _ = places.place(text)
            },
            Parser("coordinates", text: ["34.05,-118.25", "1e999,-0", "nan,inf"]) { text in
                let numbers = text.split(separator: ",").compactMap { Double($0) }
                guard numbers.count == 2, let point = Point(latitude: numbers[0], longitude: numbers[1]) else { return }
                _ = places.nearest(to: point)
                let grid = Grid(origin: origin)
                for size in Resolution.allCases { precondition(grid.cell(at: point, size).resolution == size) }
            },
            Parser(
                "time",
                text: ["2026-11-22T16:05:00Z", "2026-11-22T16:05:00.123+05:30", "2026-02-30T25:61", "2026-11-22T16:05"]
            ) { text in
                _ = Instant(iso8601: text)
                _ = LocalTime.parse(field: text)
                _ = QuietHours(from: text.utf8.count, to: Int(text.prefix(4)) ?? 0)
            },
        ]
    }

    // MARK: - Messages

    private static let places = Result { try Places.load(folder: "\(World.content)/places") }

    private static let messages = [
        Parser(
            "text-message",
            text: ["STOP", "Alto por favor", "Sí 👍 €{}[]", String(repeating: "a€", count: 200), "START\n1"]
        ) { text in
            let segments = Segments(text)
            precondition(segments.count >= 0 && segments.units >= 0)
            _ = Segments(Segments.economical(text))
            _ = OptOut.keyword(in: text)
            _ = InboundText(id: text, channel: .sms, from: text, text: text)
            for kind in ChannelKind.allCases { _ = kind.normalised(text) }
        },
        Parser(
            "text-conversation",
            text: [
                "REPORT: vans at Pacoima", "ahora", "derechos casa", "1", "hace 600 minutos", "LUGAR x",
                "99999999999999999999",
            ]
        ) { text in
            let rest = TextKeyword(text)?.rest ?? ""
            precondition(rest.utf8.count <= text.utf8.count)
            _ = TextKeyword.glance(text)
            guard let places = try? places.get() else { return }
            for begun in [TextReport.begin(text).report, TextReport.begin("1").report, TextReport.offered(text)] {
                var report = begun
                for _ in 0..<4 { _ = report.hear(text, at: Instant(milliseconds: 1_780_000_000_000), in: places) }
                _ = report.filing(Words(language: .english))
            }
            var call = TwiML()
            call.say(text, .spanish)
            call.message(text)
            precondition(!call.document.bytes.contains(0))
        },
        Parser(
            "address",
            text: ["+1 (323) 555-0100", "a.b+c@example.org", "https://user@ex.example:8443/a?b#c", "[::1]:80"]
        ) { text in
            if let number = PhoneNumber(text) { precondition(PhoneNumber(number.text)?.text == number.text) }
            _ = EmailAddress(text)
            _ = WebAddress(text)
        },
        Parser(
            "webhook",
            text: ["From=%2B13235550100&Body=hola&MessageSid=SM1", #"{"id":"1","from":"+13235550100","text":"x"}"#]
        ) { text in
            let bytes = Array(text.utf8)
            let fields = (try? Form(urlEncoded: bytes))?.texts.map { (name: $0.name, value: $0.value) } ?? []
            _ = TwilioSignature.isGenuine(text, url: "https://x.example/hooks", fields: fields, token: "secret")
            _ = HubSignature.isGenuine("sha256=\(text)", body: bytes, secret: "secret")
        },
        Parser(
            "subscribers",
            text: ["channel,address,language,place\nsms,+13235550100,es,pacoima\n", "a,b\n\"x\"\"y\",\r\n"]
        ) { text in
            _ = try? Subscriber.readImport(text, at: Instant(milliseconds: 1_790_000_000_000), languages: ["es"]) {
                $0 == "pacoima"
            }
        },
    ]

    // MARK: - Words

    private static let texts = [
        Parser(
            "never-kept",
            text: [
                "A 123 456 789 y mi hermano no tiene papeles", "SSN 123-45-6789", "call (323) 555-0100", "Ａ１２３４５６７８９",
            ]
        ) { text in
            let hits = NeverKept.hits(in: text)
            precondition(hits.isEmpty || NeverKept.removed(from: text) != text)
        },
        Parser("html", text: ["<b onclick=\"x\">", "x\"\u{301}", "\u{600}<img>", "a\r\nb"]) { text in
            let written = ("\(text)" as HTML).string
            precondition(!written.utf8.contains(UInt8(ascii: "<")) && !written.utf8.contains(UInt8(ascii: "\"")))
        },
        Parser("folded", text: ["Ñandú – 4th St. & Łódź 🏳️‍🌈", "ﬁ Å ẞ ①"]) { text in _ = Folded(text).words },
    ]

    // MARK: - The pack

    private static let pack = [
        Parser(
            "yaml",
            text: [
                "facts:\n  - id: a\n    title: {en: x, es: y}\n", "a: &a [*a]", "- !!binary x\n- 2026-13-99",
                "{a: {b: [1, 2.5e999]}}",
            ]
        ) { text in
            let path = "/tmp/vecinos-fuzz-\(ProcessInfo.processInfo.processIdentifier).yaml"
            guard FileManager.default.createFile(atPath: path, contents: Data(text.utf8)) else { return }
            defer { try? FileManager.default.removeItem(atPath: path) }
            _ = try? Content.yaml([String: [String: String]].self, path)
            _ = try? Content.yaml([String].self, path)
            _ = try? Scenario.load(path)
        }
    ]
}
