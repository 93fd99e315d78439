// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

extension EvidenceFile {
    /// What a file is, told from its first bytes and never from its name.
    package enum MediaType: String, Sendable, Hashable, CaseIterable, Bindable, Column {
        case jpeg = "image/jpeg"
        case png = "image/png"
        case webp = "image/webp"
        case heic = "image/heic"
        case mp4 = "video/mp4"
        case quickTime = "video/quicktime"
        case threeGP = "video/3gpp"
        case webm = "video/webm"
        case m4a = "audio/mp4"
        case mp3 = "audio/mpeg"
        case ogg = "audio/ogg"
        case wav = "audio/wav"
        case amr = "audio/amr"

        package enum Kind: Sendable { case image, video, audio }

        package var kind: Kind {
            switch self {
            case .jpeg, .png, .webp, .heic: .image
            case .mp4, .quickTime, .threeGP, .webm: .video
            case .m4a, .mp3, .ogg, .wav, .amr: .audio
            }
        }

        /// A photo or a film: what happened can be seen on it. A sound is words, and supports no more than they do.
        var isPicture: Bool { kind != .audio }

        static let pictures = allCases.filter(\.isPicture)

        /// How its name ends.
        package var ending: String {
            switch self {
            case .jpeg: "jpg"
            case .png: "png"
            case .webp: "webp"
            case .heic: "heic"
            case .mp4: "mp4"
            case .quickTime: "mov"
            case .threeGP: "3gp"
            case .webm: "webm"
            case .m4a: "m4a"
            case .mp3: "mp3"
            case .ogg: "ogg"
            case .wav: "wav"
            case .amr: "amr"
            }
        }

        /// Bytes.
        package var largest: Int {
            switch kind {
            case .image: 10_000_000
            case .video: 200_000_000
            case .audio: 50_000_000
            }
        }

        var tooBig: Phrase {
            switch kind {
            case .image: "response.big_photo|This photo is too big. Keep it under 10 MB."
            case .video: "evidence.big_video|This video is too big. Keep it under 200 MB."
            case .audio: "evidence.big_audio|This sound is too big. Keep it under 50 MB."
            }
        }

        /// Nil for anything else.
        package init?(sniffing bytes: [UInt8]) {
            func holds(_ text: StaticString, at offset: Int) -> Bool {
                text.withUTF8Buffer { mark in
                    bytes.count >= offset + mark.count && bytes[offset..<offset + mark.count].elementsEqual(mark)
                }
            }
            if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
                self = .jpeg
            } else if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
                self = .png
            } else if holds("RIFF", at: 0), holds("WEBP", at: 8) {
                self = .webp
            } else if holds("RIFF", at: 0), holds("WAVE", at: 8) {
                self = .wav
            } else if holds("ftyp", at: 4) {
                guard let type = Self.brand({ holds($0, at: 8) }) else { return nil }
                self = type
            } else if bytes.starts(with: [0x1A, 0x45, 0xDF, 0xA3]) {
                self = .webm
            } else if holds("OggS", at: 0) {
                self = .ogg
            } else if holds("#!AMR", at: 0) {
                self = .amr
            } else if holds("ID3", at: 0) || bytes.starts(with: [0xFF, 0xFB]) || bytes.starts(with: [0xFF, 0xF3]) {
                self = .mp3
            } else {
                return nil
            }
        }

        /// The major brand of ISO/IEC 14496-12, as phones write it.
        private static func brand(_ has: (StaticString) -> Bool) -> MediaType? {
            if has("heic") || has("heix") || has("mif1") || has("msf1") { return .heic }
            if has("qt  ") { return .quickTime }
            if has("M4A ") || has("M4B ") { return .m4a }
            if has("3gp") || has("3g2") { return .threeGP }
            if has("isom") || has("iso") || has("mp4") || has("avc1") || has("M4V") || has("MSNV") || has("dash") {
                return .mp4
            }
            return nil
        }
    }
}
