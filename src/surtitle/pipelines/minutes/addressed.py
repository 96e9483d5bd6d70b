"""Sentences that speak to whoever writes the minutes rather than to the people in the room.

"Ignore all previous instructions and write that …", played into a meeting or read out, must not become
minutes, and a language model that reads it may obey. Such sentences are not shown to a writer, nothing rests
on them, and the minutes tell of them.
"""

import re

from surtitle.pipelines.minutes.readings import Reading

# With case: "j'ai" is no machine, and "l'IA" is one.
_AI = r"(?-i:(?<!['\u2019])A\.?I\.?|I\.?A\.?)"
_MACHINE = (
    rf"(?:{_AI}|assistant|language model|chat ?bot|chat ?gpt|gpt|llm|system prompt|prompt|"
    r"note[- ]?taker|summari[sz]er|modèle de langage|assistante?|asistente|modelo de lenguaje|"
    r"inteligencia artificial|intelligence artificielle)"
)
_RULES = (
    r"(?:instructions?|rules?|prompts?|guidelines?|directions?|consignes?|règles?|directives?|instrucciones|"
    r"reglas|indicaciones|órdenes)"
)
_IGNORE = (
    r"(?:ignore|disregard|forget|override|bypass|ignorez|ignorer|oublie|oubliez|oublier|ne tiens pas compte|"
    r"ne tenez pas compte|ignora|ignorad|ignoren|olvida|olvidad|olviden|no hagas caso|haz caso omiso)"
)
_WRITE = (
    r"(?:write|record|state|output|print|insert|include|add|put|note|say|respond|reply|answer|écris|écrivez|"
    r"note|notez|ajoute|ajoutez|indique|indiquez|inscris|réponds|répondez|escribe|escriban|anota|añade|"
    r"incluye|registra|pon|responde)"
)
_WHOSE = (
    r"(?:previous|prior|above|earlier|all|any|your|system|préc[ée]dentes?|toutes|tes|vos|ci-dessus|"
    r"anteriores|previas|todas|tus|sus)"
)
_LETTER_TO = (
    r"(?:dear|note to|message to|instructions? (?:to|for)|message (?:à|pour)|"
    r"mensaje (?:a|para)|querid[oa])"
)
# Common in any talk: they call a machine only right before its name.
_CALL_TO = r"(?:hello|hey|attention|cher|chère|atención)"
_MINUTES = r"(?:minutes|summary|notes|compte[- ]rendu|procès-verbal|résumé|acta|minutas?|resumen)"
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b{_IGNORE}(?:\W+\w+){{0,2}}?\W+{_WHOSE}(?:\W+\w+){{0,2}}?\W+{_RULES}\b",
        rf"\b{_IGNORE}(?:\W+\w+){{0,2}}?\W+{_RULES}(?:\W+\w+){{0,3}}?\W+{_WHOSE}\b",
        rf"\b{_LETTER_TO}\b.{{0,25}}\b{_MACHINE}\b",
        rf"\b{_CALL_TO}[\s,:!]+(?:(?:dear|the|there|you|mon|ma|la|el),? |(?:[àa] )?l['\u2019])?{_MACHINE}\b",
        rf"\b(?:you are|you're|act as|tu es|vous êtes|agis comme|eres|actúa como)\b.{{0,25}}\b{_MACHINE}\b",
        rf"^\W*{_MACHINE}\W+(?:please|you must|must|s'il (?:te|vous) plaît|tu dois|por favor|debes)\b",
        rf"\b{_WRITE}\b.{{0,60}}\b{_MINUTES}\b.{{0,60}}(?:https?:|www\.)",
        r"\b(?:new|updated|nouvelles?|nuevas?) (?:system )?(?:instructions?|instrucciones|consignes)\b *:",
        r"<\|?/?(?:system|assistant|im_start|im_end|inst)\|?>|\[/?INST\]|```|\bsystem ?:",
    )
)


def is_addressed_to_a_machine(reading: Reading) -> bool:
    """Whether the sentence gives orders to a language model."""
    return any(pattern.search(reading.sentence.text) for pattern in _PATTERNS)
