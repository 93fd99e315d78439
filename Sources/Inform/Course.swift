// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching

/// Something to learn: lessons, scenes to talk over, questions, notes for whoever leads it, and a sheet to hand out.
/// From `content/courses/<id>.yaml`; what the law says stands in facts, by reference.
package struct Course: Decodable, Sendable, Identifiable {
    package struct Lesson: Decodable, Sendable, Identifiable {
        package let id: String
        package let title: LocalizedText
        /// Our own words, one idea each, without any statement of law.
        package let points: [LocalizedText]
        package let facts: [String]
        /// What the points lean on without showing it.
        package let rests: [String]?
    }

    package struct Scene: Decodable, Sendable, Identifiable {
        package let id: String
        package let scene: LocalizedText
        package let ask: LocalizedText
        package let answer: LocalizedText
        package let rests: [String]?
    }

    package struct Question: Decodable, Sendable, Identifiable {
        package struct Answer: Decodable, Sendable {
            package let words: LocalizedText
            package let right: Bool?
        }

        package let id: String
        /// A rule that keeps people safe: all of these must be right.
        package let safety: Bool
        package let question: LocalizedText
        /// Exactly one is right.
        package let answers: [Answer]
        /// Why, for whoever chose another.
        package let why: LocalizedText
        package let rests: [String]?
    }

    package let id: String
    package let order: Int
    package let icon: String
    /// What a certificate of it can give a helper, once a coordinator says so.
    package let skill: Skill?
    /// For how long a certificate holds.
    package let months: Int
    package let minutes: Int
    package let name: LocalizedText
    package let lead: LocalizedText
    package let states: [String: FactText.State]
    package let lessons: [Lesson]
    package let scenes: [Scene]
    package let quiz: [Question]
    /// For whoever leads it.
    package let notes: [LocalizedText]
    /// The sheet to take home.
    package let handout: [LocalizedText]

    package var facts: [String] {
        lessons.flatMap { $0.facts + ($0.rests ?? []) } + scenes.flatMap { $0.rests ?? [] }
            + quiz.flatMap { $0.rests ?? [] }
    }

    /// Questions that can be asked today: none that leans on something taken back.
    package func questions(_ rights: Rights) -> [Question] {
        quiz.filter { rights.standing(of: $0.rests ?? []) != .recalled }
    }

    /// How somebody did. `answers`: the place of the answer chosen, by question.
    package func score(_ answers: [String: Int], of questions: [Question]) -> Score {
        let wrong = questions.filter { question in
            answers[question.id].flatMap { question.answers.indices.contains($0) ? question.answers[$0].right : nil }
                != true
        }
        return Score(asked: questions.count, wrong: wrong.map(\.id), unsafe: wrong.filter(\.safety).map(\.id))
    }

    /// The last day of a certificate that was earned on `day`; a day that its month doesn't have is the month's last.
    package func end(from day: String) -> String {
        let parts = day.split(separator: "-").compactMap { Int($0) }
        guard parts.count == 3 else { return day }
        let month = parts[1] - 1 + months
        func written(_ date: Int) -> String {
            func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
            return "\(parts[0] + month / 12)-\(two(month % 12 + 1))-\(two(date))"
        }
        return (0...3).map { written(parts[2] - $0) }.first(where: FactChecks.isDay) ?? day
    }
}

/// What a quiz gave. Passed: every rule of safety right, and four of five of all.
package struct Score: Sendable, Hashable {
    package let asked: Int
    /// By id.
    package let wrong: [String]
    /// Those among them that are rules of safety.
    package let unsafe: [String]

    package var right: Int { asked - wrong.count }
    package var isPassed: Bool { asked > 0 && unsafe.isEmpty && right * 5 >= asked * 4 }
}

/// The courses of the content pack, checked. A bad file stops the start and is named.
package struct CourseFiles: Sendable {
    package let courses: [Course]

    package func course(_ id: String) -> Course? { courses.first { $0.id == id } }

    package static func load(folder: String, facts: FactFiles) throws -> CourseFiles {
        let known = Set(facts.facts.map(\.fact.id))
        let courses = try Content.files(in: "\(folder)/courses").map { file in
            let path = "\(folder)/courses/\(file)"
            let course = try Content.yaml(Course.self, path)
            func refuse(_ reason: String) -> Content.Problem { Content.Problem(path: path, reason: reason) }
            guard FactChecks.isName(course.id), file == "\(course.id).yaml" else {
                throw refuse("id: must be the name of the file")
            }
            guard (1...36).contains(course.months) else { throw refuse("months: must be 1 to 36") }
            if let missing = course.facts.first(where: { !known.contains($0) }) {
                throw refuse("there is no fact \(missing)")
            }
            let names = course.lessons.map(\.id) + course.scenes.map(\.id) + course.quiz.map(\.id)
            guard Set(names).count == names.count, names.allSatisfy(FactChecks.isName) else {
                throw refuse("an id is no name, or is there twice")
            }
            if let odd = course.quiz.first(where: { $0.answers.filter { $0.right == true }.count != 1 }) {
                throw refuse("quiz › \(odd.id): one answer must be right, and one only")
            }
            guard course.quiz.contains(where: \.safety) else { throw refuse("quiz: asks no rule of safety") }
            return course
        }
        return CourseFiles(courses: courses.sorted { ($0.order, $0.id) < ($1.order, $1.id) })
    }
}
