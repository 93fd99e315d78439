// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// What we tell a telephone provider to do next, in the markup that Twilio made and others read too. Words are escaped byte
/// by byte by `XML`. Addresses in it are paths of ours: the provider calls them with a signature.
package struct TwiML: Sendable {
    private var verbs: XML = .empty

    package init() {}

    package var document: XML {
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <Response>\(verbs)</Response>
        """
    }

    /// Answers a text in the same call.
    package mutating func message(_ text: String) { verbs += "<Message>\(text)</Message>" }

    package mutating func say(_ text: String, _ language: Language) { verbs += Self.spoken(text, language) }
    package mutating func pause(seconds: Int) { verbs += "<Pause length=\"\("\(seconds)")\"/>" }
    package mutating func hangUp() { verbs += "<Hangup/>" }
    package mutating func go(to path: String) { verbs += "<Redirect method=\"POST\">\(path)</Redirect>" }

    /// Waits for one key while it speaks. Goes on with the next verb when none is pressed.
    package mutating func ask(_ words: [(text: String, language: Language)], then path: String, seconds: Int = 6) {
        let spoken = words.map { Self.spoken($0.text, $0.language) }
        verbs += """
            <Gather input="dtmf" numDigits="1" timeout="\("\(seconds)")" action="\(path)" method="POST">\(spoken)</Gather>
            """
    }

    /// Records until silence, the hash key, or so many seconds. Goes on with the next verb when nothing was said.
    package mutating func record(then path: String, longest seconds: Int) {
        verbs += """
            <Record action="\(path)" method="POST" maxLength="\("\(seconds)")" timeout="6" finishOnKey="#" playBeep="true" \
            trim="do-not-trim"/>
            """
    }

    /// Rings all of them at once; who presses a key first talks. They see our number, never the caller's.
    package mutating func ring(
        _ numbers: [String],
        from ours: String,
        seconds: Int,
        asking whisper: String,
        then path: String
    ) {
        let all: [XML] = numbers.map { number in
            "<Number url=\"\(whisper)\" method=\"POST\">\(number)</Number>"
        }
        verbs += """
            <Dial action="\(path)" method="POST" timeout="\("\(seconds)")" callerId="\(ours)" answerOnBridge="true">\(all)</Dial>
            """
    }

    private static func spoken(_ text: String, _ language: Language) -> XML {
        "<Say language=\"\(voice(language))\">\(text)</Say>"
    }

    /// As providers name the voices that we have words for.
    private static func voice(_ language: Language) -> String {
        switch language.code {
        case "es": "es-MX"
        case "ko": "ko-KR"
        case "ru": "ru-RU"
        case "vi": "vi-VN"
        case "zh-Hans": "zh-CN"
        case "zh-Hant": "zh-TW"
        default: "en-US"
        }
    }
}
