// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Kit
import Logging
import NIOCore
import People
import Support
import Vault

@testable import Web

/// The front door of a small coalition: requests go through the whole router, as from outside. Keeps the cookie of
/// whoever signed in last, and sends what a browser or a program of theirs would send.
final class Door {
    let world: World
    let site: Site
    /// The key folder; empty until a test seals something.
    let lockbox = Lockbox(folder: "\(Store.folder)/keys-\(UUID().uuidString)")
    private let client: any TestClientProtocol
    private var session: SessionToken?

    /// Those of the cast who can sign in.
    enum Member: String { case ruth, amina, joao, lupe }

    init() async throws {
        world = try await World()
        site = try await Self.site(world, lockbox)
        let app = Application(responder: Routes(site: site).router().buildResponder(), logger: Self.logger)
        client = try await app.test(.router) { client in client }
    }

    func signIn(_ member: Member) async throws {
        // Each code works once, and the clock stands still: the cast comes in without. `SignInDoorTests` types codes.
        let door = SignIn(database: world.database, gate: world.gate, keys: world.keys, policy: .notAsked)
        session = try await door.attempt(login: member.rawValue, passphrase: World.passphrase)
    }

    func signOut() { session = nil }

    /// A browser that keeps the cookie an answer brought.
    func keep(_ answer: Answer) {
        let pair = answer.headers[.setCookie]?.split(separator: ";").first?.split(separator: "=", maxSplits: 1)
        session = pair.flatMap { $0.last }.flatMap { SessionToken(cookie: String($0)) }
    }

    /// What every change of a signed-in program carries.
    var csrf: String { session?.csrf ?? "" }

    func get(_ path: String, _ headers: HTTPFields = [:]) async throws -> Answer {
        try await send(.get, path, headers)
    }

    func post(_ path: String, json: String, _ headers: HTTPFields = [:]) async throws -> Answer {
        try await post(path, bytes: Array(json.utf8), type: "application/json", headers)
    }

    func post(_ path: String, form: [(String, String)], _ headers: HTTPFields = [:]) async throws -> Answer {
        let body = form.map { "\(Self.escaped($0.0))=\(Self.escaped($0.1))" }.joined(separator: "&")
        return try await post(path, bytes: Array(body.utf8), type: "application/x-www-form-urlencoded", headers)
    }

    func post(_ path: String, bytes: [UInt8], type: String, _ headers: HTTPFields = [:]) async throws -> Answer {
        var headers = headers
        headers[.contentType] = type
        return try await send(.post, path, headers, ByteBuffer(bytes: bytes))
    }

    func delete(_ path: String, _ headers: HTTPFields = [:]) async throws -> Answer {
        try await send(.delete, path, headers)
    }

    /// A request of any kind.
    func send(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ headers: HTTPFields = [:],
        _ body: ByteBuffer? = nil
    ) async throws -> Answer {
        var headers = headers
        if let session {
            headers[.cookie] = "\(site.sessionCookie)=\(session.cookie)"
            if headers[.csrfToken] == nil { headers[.csrfToken] = session.csrf }
        }
        return Answer(try await client.execute(uri: path, method: method, headers: headers, body: body) { $0 })
    }

    private static func site(_ world: World, _ lockbox: Lockbox) async throws -> Site {
        let house = URL(filePath: World.content).deletingLastPathComponent().path
        let config = try Config(
            dataFolder: NSTemporaryDirectory(),
            environment: [
                "VECINOS_CONTENT": World.content, "VECINOS_STATIC": "\(house)/Sources/Web/Static",
                "VECINOS_SOUNDS": "\(Store.folder)/sounds-\(UUID().uuidString)",
            ]
        )
        return Site(
            config: config,
            database: world.database,
            keys: world.keys,
            lockbox: lockbox,
            gate: world.gate,
            library: try library.get(),
            places: world.places,
            intake: world.intake,
            timings: world.timings,
            pack: try await pack.value,
            statics: try StaticFiles(folder: config.staticFolder),
            drills: DrillDesk(start: { _, _, _ in }, running: { nil }, stop: { _ in }),
            logger: logger
        )
    }

    /// Read once: both take seconds without the optimizer, and nothing changes them.
    private static let pack = Task { try await Pack(folder: World.content) }
    private static let library = Result { try Library(folder: "\(World.content)/strings") }
    private static let logger = Logger(label: "door", factory: { _ in SwiftLogNoOpLogHandler() })

    private static func escaped(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }
}

/// What came back.
struct Answer {
    let status: Int
    let headers: HTTPFields
    let text: String

    init(_ response: TestResponse) {
        status = response.status.code
        headers = response.headers
        text = String(buffer: response.body)
    }

    /// The body as a JSON object; empty when it is none.
    var json: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any] ?? [:]
    }

    /// The fields that a problem names.
    var fields: [String] {
        (json["errors"] as? [[String: Any]] ?? []).compactMap { $0["field"] as? String }
    }

    var isProblem: Bool { headers[.contentType] == "application/problem+json" }
}
