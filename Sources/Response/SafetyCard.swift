// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// What every responder reads before they go. Observers observe: nothing here helps to obstruct anybody.
package enum SafetyCard {
    package static let lines: [Phrase] = [
        "response.safety_observe|Watch and write down what you see. That is your whole job.",
        "response.safety_distance|Keep your distance. Never touch or block anyone.",
        "response.safety_hands|Keep your hands where people can see them.",
        "response.safety_move|If an officer tells you to move back, move back. Then keep watching.",
        "response.safety_stop|Stop and leave if you feel unsafe. You can stop at any time.",
        "response.safety_families|Never share names or faces of families.",
        "response.safety_advice|Do not give legal advice. Share the hotline number.",
    ]
}
