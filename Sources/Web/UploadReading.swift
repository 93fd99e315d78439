// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Hummingbird
import Kit
import Response
import Vault

extension Site {
    /// A browser's form with files: texts as always, files of `field` streamed into the folder as they come. What is
    /// wrong with a file, or that they are too much, is kept as words, and the rest of the form is read all the same.
    func upload(
        _ request: Request,
        field: String,
        from source: String?
    ) async throws -> (form: Form, files: ReceivedFiles) {
        let type = request.headers[.contentType] ?? ""
        guard type.hasPrefix("multipart/form-data") else {
            return (try await Form.read(request, limit: Limits.formBody), ReceivedFiles())
        }
        try request.requireUnpacked()
        try request.requireLength(atMost: Limits.passedOver)
        guard let boundary = Form.boundary(in: type) else { throw HTTPError(.badRequest) }
        do {
            var reader = try MultipartReader(boundary: boundary, textLimit: Limits.formBody)
            var intake = UploadIntake(folder: try evidence, field: field, source: source)
            var total = 0
            var pieces = request.body.makeAsyncIterator()
            while true {
                let piece: RequestBody.Element?
                do {
                    piece = try await pieces.next()
                } catch let error as any HTTPResponseError {
                    throw error
                } catch {
                    // The sender closed in the middle: no error of ours.
                    throw HTTPError(.badRequest)
                }
                guard let buffer = piece else { break }
                total += buffer.readableBytes
                guard total <= Limits.passedOver else { throw HTTPError(.contentTooLarge) }
                if total > Limits.upload { intake.refuse(EvidenceFolder.tooMuch) }
                for event in try reader.read(buffer.readableBytesView) { try await intake.take(event) }
            }
            return (try reader.finish(), intake.received)
        } catch Form.FormError.tooLarge {
            throw HTTPError(.contentTooLarge)
        } catch is Form.FormError {
            throw HTTPError(.badRequest)
        }
    }

    /// A member's form with files; see `memberForm`. Members have no quota of their neighborhood.
    func memberUpload(
        _ request: Request,
        _ context: MemberContext,
        field: String
    ) async throws -> (form: Form, files: ReceivedFiles) {
        let upload = try await upload(request, field: field, from: nil)
        guard context.token.accepts(csrf: upload.form["_token"]) else { throw Refusal.forbidden }
        return upload
    }

    /// A program's body: JSON by itself, or with files as `multipart/form-data`, the JSON being its text `json` and each
    /// file a part `files`.
    func jsonUpload(_ request: Request, from source: String?) async throws -> (json: [UInt8], files: ReceivedFiles) {
        guard request.headers[.contentType]?.hasPrefix("multipart/form-data") ?? false else {
            return (try await JSONBody.bytes(of: request), ReceivedFiles())
        }
        let (form, files) = try await upload(request, field: "files", from: source)
        return (Array(form["json"].utf8), files)
    }

    var evidence: EvidenceFolder {
        get throws {
            guard let folder = database.companions.first(EvidenceFolder.self) else {
                throw Refusal(.unavailable, EvidenceFolder.diskFull)
            }
            return folder
        }
    }
}

/// The files of one form, as their pieces come.
private struct UploadIntake {
    let folder: EvidenceFolder
    let field: String
    let source: String?
    private(set) var received = ReceivedFiles()
    private var incoming: IncomingFile?

    init(folder: EvidenceFolder, field: String, source: String?) {
        (self.folder, self.field, self.source) = (folder, field, source)
    }

    mutating func take(_ event: MultipartReader.Event) async throws {
        do {
            switch event {
            case .begins(let name, _):
                // After a first problem, and in other fields, pieces are passed over.
                guard name == field, received.problem == nil, received.all.count <= ReportFiling.mostFiles else {
                    return
                }
                incoming = try folder.receive(from: source)
            case .piece(let bytes):
                try await incoming?.add(bytes)
            case .ends:
                if let file = try await incoming?.finish() {
                    // Grouping looks at the first one that can be seen.
                    if !received.all.contains(where: { $0.look != nil }) { await MediaChild.look(at: file) }
                    received.all.append(file)
                }
                incoming = nil
            }
        } catch let problem as EvidenceFolder.Problem {
            refuse(problem.words)
        }
    }

    mutating func refuse(_ words: Phrase) {
        received.problem = received.problem ?? words
        incoming = nil
    }
}
