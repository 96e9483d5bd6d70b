"""How people decide, promise and ask in Spanish."""

from surtitle.pipelines.minutes.wording.meeting_wording import MeetingWording, phrases

_WEEKDAY = (
    r"(?:lunes|martes|miércoles|jueves|viernes|sábado|domingo)"
    r"(?: (?:por la (?:mañana|tarde|noche)|que viene|próximo))?"
)
_MONTH = r"(?:enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre)"
_NUMBER = (
    r"(?:\d{1,2}|uno|primero|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|trece|catorce|quince|"
    r"dieciséis|diecisiete|dieciocho|diecinueve|veinte|veintiuno|veintidós|veintitrés|veinticuatro|veinticinco|"
    r"veintiséis|veintisiete|veintiocho|veintinueve|treinta(?: y uno)?)"
)
_DAY = (
    rf"(?:(?:el |este |próximo )*{_WEEKDAY}|el (?:día )?{_NUMBER}(?: de {_MONTH})?"
    rf"(?! (?:por ciento|punto|tema|euros))|(?:finales|principios|mediados) de {_MONTH})"
)
_PRONOUNS = r"(?:(?:te|os|le|les|se|lo|la|los|las|me|nos) ){0,2}"
_ACTS = (
    r"(?:acabo|actualizo|ajusto|anoto|apunto|arreglo|averiguo|aviso|añado|busco|cierro|compro|compruebo|"
    r"comunico|confirmo|consigo|consulto|contesto|convoco|coordino|corrijo|digo algo|"
    r"entrego|escribo|explico|gestiono|hablo|hago|informo|investigo|invito|lanzo|"
    r"mando|miro|muevo|negocio|organizo|pido|planifico|pongo en contacto|pregunto|preparo|presento|"
    r"pruebo|publico|reclamo|recojo|redacto|remito|reservo|respondo|reviso|soluciono|subo|termino|traigo|"
    r"tramito|valido|verifico)"
)

_SAID = """
a acuerdo acá además adiós ahora ahí al algo alguien alguna algunas alguno algunos algún allí ambos anda
ante antes aquel aquella aquello aquí así aun aunque año años aún bajo bastante bien buenas bueno buenos
cada casi caso cien ciento cierta cierto cinco cincuenta claro clase como con conmigo contra cosa cosas
creemos creo cual cualquier cuando cuanto cuarenta cuatro cuál cuáles cuándo cuánto cómo da dar darle de
debe deben debería decidir decir deja dejar del demás dentro desde después dice dicho diez digamos digo
dije dio doce domingo donde dos durante día días dónde e el ella ellas ello ellos embargo empezamos
empieza en encima entiendo entonces entre era eran eres es esa esas ese eso esos esta estaba estado estar
estaría estarían este esto estos estoy está están etc exacto favor fin final forma fue fuera fueron fácil
ga gente gracias gran grande gusta gustar gustaría ha haber hablar habría había hace hacemos hacen hacer
hacia hago han hasta hay haya he hecho hemos hola hora horas hoy igual igualmente importante ir jueves la
las le les listas llegar llegaron lleva llevan lo los luego lunes madre mal manera mar martes mayor mañana
me mejor menos mes meses mi mientras mil millón minuto minutos mira mirar mirarlo mis misma mismo
miércoles modo momento mucha muchas mucho muchos muy más mía mío nada nadie ni ninguna ningún no noche nos
nosotros nuestra nuestras nuestro nuestros nueva nuevas nueve nuevo nuevos nunca o ocho once os otra otras
otro otros oís para parece parte pasa pasado pasamos pasar pendiente pensar pequeño perder perdón perfecto
pero poco podemos poder podría podríamos podía poner pongo por porque posible pregunta primera primero
próxima próximo pude puede pueden puedes puedo pues punto que queda quedamos quedan quedar quedaría quien
quiere quieren quiero quince quitar quitaría quizá quizás quién qué rato realmente respecto sabe saber sea
seguimos segunda segundo seguro según seis semana semanas ser será sería serían sesenta si sido siempre
siendo sierte siete siguiente sin sino sobre sois solo somos son soy su supongo sus suyo sábado sé sí sólo
tal también tampoco tan tanto tarde te tema temas tendría tenemos tener tengo tenía tercer tercero ti
tiempo tiene tienen toda todas todavía todo todos tras trata treinta tres tu tus tú un una unas uno unos
usted ustedes va vale vamos van vaya veces veinte ver verdad vez viene viernes vista visto voy vuestro y
ya yo zona él última último
"""
_NAMES_NONE = """
además adiós ahora bien bueno claro entonces exacto gracias hola luego mira no ok oye perdón perfecto pero
pues si siguiente sí también vale vamos venga y
"""

SPANISH = MeetingWording(
    said=frozenset(_SAID.split()),
    links=frozenset({"de", "del"}),
    names_none=frozenset(_NAMES_NONE.split()),
    hesitations=phrases(r"""
        (?:e+h+|e+m+|mm+|este+(?=,))
        (?:o sea|sabes|digamos|es que)(?=,)
    """),
    openers=phrases(r"""
        (?:bueno|vale|pues|entonces|a ver|mira|mire|oye|y|pero|sí|claro|perfecto|ok|venga|bien|muy bien|ah|
            oh|en fin|luego|no(?=,))
        (?:de acuerdo|por supuesto|exacto|desde luego|gracias|la verdad|además|por cierto|madre mía)(?=,|\.)
        (?:yo creo|creo yo|yo diría)(?=,)
    """),
    decides=phrases(r"""
        (?:hemos|habíamos|han|se ha|queda|quedan|ha quedado|está|están) (?:ya |finalmente |
            entonces )?(?:decidido|acordado|aprobad[oa]s?|elegido|optado|descartad[oa]s?|decidid[oa]s?|
            resuelto|escogido)
        (?:quedamos|acordamos|decidimos|resolvemos|optamos) (?:entonces )?(?:en que|en|que|por)
        (?:se|lo) (?:decide|acuerda|aprueba|aprobamos|descarta|descartamos|damos por)(?: que)?
        (?:nos quedamos|seguimos adelante|tiramos|tiramos adelante|vamos adelante|nos vamos|
            vamos) con (?:el|la|los|las|ese|esa|lo)
        (?:aprobamos|descartamos|elegimos|escogemos|cancelamos|aplazamos|mantenemos|contratamos|
            adoptamos) (?:el|la|los|las|un|una|a)
        (?:la|nuestra|mi) decisión es
        (?:doy|damos) el visto bueno
        (?:decidido|acordado|aprobado)(?=[,.:])
    """),
    undecided=phrases(r"""
        (?:no|nunca|nada|aún no|todavía no|sin|antes de|hasta|para) (?:lo |se |hemos |haber |está |han |
            ha |que )*(?:decid|acord|aprob|eleg|descart)\w*
        (?:hay que|tenemos que|habrá que|debemos|podemos|podríamos|vamos a|falta|si) (?:decidir|acordar|
            aprobar|elegir|descartar|decidimos)
        (?:decidimos|decidiremos|lo vemos|se decide) (?:en la próxima|la próxima|más adelante|luego|
            otro día|la semana)
    """),
    proposes=phrases(r"""
        (?:yo |os |le |te )?(?:propongo|sugiero|recomiendo)(?: \w+)?
        (?:mi|la|nuestra) (?:propuesta|sugerencia|recomendación) (?:es|sería)
        (?:pues|entonces|vale, pues) (?:mandamos|hacemos|cambiamos|movemos|compramos|contratamos|enviamos|
            ponemos|dejamos|usamos|vamos|lanzamos|reducimos|subimos|bajamos)
        (?:mandamos|hacemos|cambiamos|compramos|contratamos|enviamos|ponemos|usamos|lanzamos|reducimos|
            subimos|bajamos|pasamos) (?:el|la|los|las|un|una|unos|unas|lo)
    """),
    agrees=phrases(r"""
        (?:sí|vale|de acuerdo|perfecto|claro|por supuesto|muy bien|está bien|bien|me parece bien|ok|okay|
            hecho|sin problema|ningún problema|estoy de acuerdo|conforme|exacto|adelante|buena idea|
            cuenta conmigo|genial|estupendo)
    """),
    refuses=phrases(r"""
        (?:no|no puedo|imposible|no quiero|ni hablar|prefiero que no|no estoy de acuerdo|nunca)
    """),
    promises=phrases(rf"""
        (?:yo )?{_PRONOUNS}(?!seré|estaré|diré|sabré|podré|querré|tendré|veré|habré)\w+ré
        (?:yo )?(?:(?:te|os|le|les|lo|la|los|las|me) )*(?:voy a|puedo|tengo que|debo|necesito) (?!decir|
            ser|estar|ver si|irme|empezar|reconocer|entender|pensar|creer|imaginar|ir\b|hablar de)\w+(?:ar|
            er|ir)(?:l[oae]s?|te|os|me|se|nos)*
        (?:yo )?{_PRONOUNS}{_ACTS}
        (?:yo )?me (?:encargo|ocupo)(?: yo)?
        (?:(?:te|os|se|le|les|lo|la|los|las) )+(?:envío|paso|llamo|llevo|cambio|encargo|doy)
        (?:déjamelo|dejádmelo|déjemelo|cuenta con ello|cuenta conmigo|lo tendrás|lo tendréis|la tendrás|
            los tendrás)
        (?:os|le|les|te) (?:mandamos|enviamos|enviaremos|mandaremos|preparamos|pasamos|haremos llegar)
    """),
    no_promise=phrases(r"""
        no (?:\w+ ){0,2}(?:puedo|voy|tengo|hago|mando|envío|hablo|encargo|miro|digo)
        (?:voy|puedo|tengo que) (?:a )?(?:decir|reconocer|irme|colgar|empezar|ser)
        (?:voy a por|voy al baño|hablo de|digo que|pregunto si|llevo (?:dos|tres|cuatro|cinco|años|meses|
            un|una|mucho|tiempo)|paso la palabra)
        (?:hace|desde hace) (?:\w+ ){0,2}que
    """),
    lead=phrases(r"""
        (?:yo )?(?:(?:te|os|le|les|lo|la|los|las) )*(?:voy a|puedo|tengo que|debo|necesito)
        (?:yo )?me (?:encargo|ocupo)(?: yo)? de
        (?:¿ ?)?(?:puedes|podrías|podéis|podríais|puede|podría|pueden|podrían)(?: tú| usted)?
        (?:hay|habrá|habría|tienes|tenéis|tendrías|tendrá) que
        (?:por favor)
    """),
    requests=phrases(r"""
        (?:puedes|podrías|podéis|podríais|puede|podría|pueden|podrían)(?: tú| usted)? (?!decirme|decirnos|
            oírme|repetir|explicar|ver|creer|aparcar|ser)\w+(?:ar|er|ir)(?:l[oae]s?|te|os|me|se|nos)*
        (?:tienes|tenéis|tendrías|tendrás|tiene|tendrá) que (?!ver|ser)\w+(?:ar|er|ir)\w*
        (?:hay|habrá|habría) que (?!ver|mirar|hablar|ser|tener|pensar|decidir)\w+(?:ar|er|ir)\w*
        (?:me gustaría|quiero|quisiera|necesito) que (?:\w+ )?\w+(?:s|is|ras|rais|a|e)
        (?:encárgate|encargaos|ocúpate|avísa(?:me|nos)|mánda(?:me|nos|le)|envía(?:me|nos|le)|acuérdate|
            recuerda|asegúrate|prepara|llama|habla con|pregunta a)
        quién (?:se encarga|se ocupa|lo hace|puede) .*
    """),
    assigns=phrases(r"""
        (?-i:(?P<who>[A-ZÁÉÍÓÚÑ][a-záéíóúñü]+(?: [A-ZÁÉÍÓÚÑ][a-záéíóúñü]+)?)) (?:va a|tiene que|debe|
            se encarga de|se ocupa de|se encargará de) (?!ser|estar|venir)\w+(?:ar|er|ir)?\w*
        (?:alguien|tenemos que|debemos) (?:tiene que |debe |debería )?(?!hablar|ver|ser|decidir|
            pensar)\w+(?:ar|er|ir)(?:l[oae]s?)*
    """),
    bare=phrases(r"""
        (?:me (?:encargo|ocupo)(?: yo)?|yo me (?:encargo|ocupo)|(?:yo )?lo hago(?: yo)?|sí|vale|de acuerdo|
            claro|hecho|sin problema|(?:te|os|se|le) (?:lo|la|los|las) (?:mando|envío|paso|digo|hago|
            llevo)|(?:lo|la|los|las) tendr(?:ás|éis)|cuenta (?:con ello|conmigo)|déjamelo)
    """),
    deadline=phrases(rf"""
        (?:antes del?|para|desde|a partir del?|hasta|como (?:muy )?tarde)? ?(?:{_DAY})
        (?:antes del?|para|a|hasta) (?:el |la |los )?(?:fin|finales|final|principios|próxim[oa]|verano|
            navidad|vacaciones)(?: de)?(?: (?:la semana|semana|mes|mes que viene|trimestre|año|reunión|
            este mes))?
        (?:antes de |para )?(?:hoy(?: mismo)?|mañana(?: por la (?:mañana|tarde))?|pasado mañana|
            esta (?:tarde|mañana|noche|semana)|este (?:mes|trimestre))
        (?:la (?:semana|reunión) que viene|el mes que viene|la próxima (?:semana|reunión)|el próximo mes)
        (?:en|dentro de) (?:un|una|dos|tres|cuatro|cinco|seis|diez|quince|unos|unas|\d+) (?:horas?|días?|
            semanas?|mes(?:es)?)
        (?:cuanto antes|lo antes posible|de inmediato|ahora mismo|enseguida|ya mismo)
    """),
    unknowing=phrases(r"""
        (?:no (?:lo )?(?:sé|sabemos|tengo claro|tenemos claro)|no lo entiendo)(?: (?:todavía|aún))?
        no (?:estoy|estamos) segur[oa]s?
        no (?:tengo|tenemos) (?:la |el |ni )?(?:cifra|dato|respuesta|idea|número)(?: exact[oa])?
        (?:ni idea|buena pregunta|difícil de decir|depende|ya veremos|habrá que verlo|quién sabe)
        no (?:lo )?he (?:mirado|comprobado|preguntado)
    """),
    defers=phrases(r"""
        (?:lo |la |se )?(?:dejamos|queda|quedan|dejar|deja)(?: esto| eso)? (?:pendientes?|abiert[oa]s?|
            para (?:otro día|la próxima|más adelante|luego))
        (?:lo )?(?:hablamos|vemos|veremos|decidimos|decidiremos|retomamos|comentamos|
            discutimos) (?:en la próxima|la próxima|más adelante|luego|otro día|la semana|el (?:lunes|
            martes|miércoles|jueves|viernes))
        (?:volvemos|volveremos) (?:a|sobre) (?:esto|ello|eso|este|ese|tema)
        (?:falta|queda|está) por (?:decidir|ver|definir|confirmar|aclarar)
        (?:tema|punto|cuestión|pregunta) (?:pendiente|abiert[oa])
        (?:habría|habrá) que (?:mirarlo|verlo|estudiarlo|hablarlo|pensarlo)
    """),
    new_topic=phrases(r"""
        (?:el )?(?:primer|segundo|tercer|último|siguiente|próximo|otro) (?:punto|tema|
            asunto)(?: del (?:orden del )?día)?(?: es|,|:)? (?P<topic>.+)
        (?:pasamos|vamos|seguimos|continuamos|empezamos|comenzamos) (?:ahora |entonces )?(?:a|al|
            con) (?P<topic1>(?:el |la |los |las |lo de ).+)
        (?:pasemos|empecemos|comencemos|sigamos|continuemos|hablemos) (?:ahora |entonces )?(?:a|al|con|de|
            del) (?P<topic2>.+)
        (?:empieza|empezad|sigue|continúa)(?: tú)?(?: \w+)? con (?P<topic3>.+)
        (?:el )?(?:punto|tema|asunto) siguiente(?: es|,|:)? (?P<topic4>.+)
        en cuanto (?:a|al) (?P<topic5>.+)
    """),
    sums_up=phrases(r"""
        (?:en resumen|para resumir|resumiendo|en conclusión|para concluir|recapitulando|para recapitular|
            resumo|en definitiva)
    """),
    small_talk=phrases(r"""
        (?:buenos días|buenas tardes|hola|adiós|buen fin de semana|me oís|me oyen|quiere café|hasta luego|
            muchas gracias a todos|mi (?:hija|hijo|mujer|marido))
    """),
)
