// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

extension ReportKind {
    /// What somebody's own words speak of, in English or Spanish: a suggestion for the operator who reads them, who may
    /// choose otherwise. The first that fits: being taken matters more than the van. Pure.
    package static func guess(_ text: String) -> ReportKind? {
        let said = Set(Folded(text).words)
        return signs.first { !$0.words.isDisjoint(with: said) }?.kind
    }

    private static let signs: [(kind: ReportKind, words: Set<String>)] = [
        (
            .arrest,
            [
                "arrest", "arrested", "arresting", "taken", "took", "taking", "detained", "handcuffed", "handcuffs",
                "llevaron", "llevan", "llevando", "llevo", "detuvieron", "detenido", "detenida", "arrestaron",
                "arrestado", "arrestada", "esposado", "esposada", "agarraron",
            ]
        ),
        (.checkpoint, ["checkpoint", "roadblock", "reten", "bloqueo"]),
        (
            .home,
            [
                "knocking", "knocked", "knock", "door", "apartment", "puerta", "tocando", "tocaron", "departamento",
                "casa",
            ]
        ),
        (
            .work,
            [
                "workplace", "factory", "warehouse", "carwash", "restaurant", "fabrica", "bodega", "trabajo", "taller",
                "restaurante", "obra",
            ]
        ),
        (
            .people,
            [
                "agents", "agent", "officers", "officer", "vests", "vest", "uniforms", "uniform", "masked", "masks",
                "agentes", "agente", "oficiales", "chalecos", "chaleco", "uniformes", "uniforme", "encapuchados",
                "enmascarados",
            ]
        ),
        (
            .vehicles,
            [
                "van", "vans", "suv", "suvs", "truck", "trucks", "car", "cars", "vehicle", "vehicles", "camioneta",
                "camionetas", "troca", "trocas", "carro", "carros", "coche", "coches", "vehiculo", "vehiculos",
            ]
        ),
    ]
}
