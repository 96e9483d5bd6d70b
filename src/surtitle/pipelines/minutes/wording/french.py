"""How people decide, promise and ask in French."""

from surtitle.pipelines.minutes.wording.meeting_wording import MeetingWording, phrases

_WEEKDAY = (
    r"(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)(?: (?:matin|midi|après-midi|soir))?"
    r"(?: prochain)?"
)
_MONTH = r"(?:janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre)"
_NUMBER = (
    r"(?:\d{1,2}|premier|dix-sept|dix-huit|dix-neuf|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|"
    r"douze|treize|quatorze|quinze|seize|"
    r"vingt(?:[- ](?:et[- ]un|deux|trois|quatre|cinq|six|sept|huit|neuf))?|trente(?:[- ]et[- ]un)?)"
)
_DAY = (
    rf"(?:{_WEEKDAY}(?: {_NUMBER}(?: {_MONTH})?)?|le {_NUMBER}(?: {_MONTH})?"
    r"(?! (?:euros?|pour|heures?|%|points?|fois|ans|sujet|tour))|"
    rf"(?:fin|mi-|début) ?{_MONTH})"
)
# "Je vous l'envoie": what may stand between the one who acts and what they do.
_PRONOUNS = r"(?:(?:te|vous|le|la|les|leur|lui|nous|y|en|me|m'en|t'en|l'|t'|m'|vous l'|vous en) ?){0,2}"
_ACTS = (
    r"(?:appelle|ajoute|achète|apporte|assure|cherche|commande|complète|confirme|contacte|corrige|demande|"
    r"dépose|écris|envoie|essaie|fais|finalise|finis|fournis|gère|informe|interroge|invite|lance|lis|mets|"
    r"modifie|montre|négocie|note|occupe|organise|parle|passe|planifie|prends|prépare|présente|"
    r"préviens|"
    r"propose un|publie|rajoute|rappelle|récupère|rédige|réécris|regarde|relance|relis|remets|renvoie|"
    r"réponds|réserve|reviens vers|signe|suis|tape|téléphone|teste|tiens|traite|transfère|transmets|"
    r"travaille|trouve|valide|vérifie|vois avec)"
)

_SAID = """
a absolument accord ah ai ainsi aller allez alors an année ans après arrive arriver arrivé as assez au
aucun aujourd aujourd'hui aura aurait aussi autre autres aux avaient avait avant avec avez avoir avons
ayant beaucoup ben bien bientôt bon bonjour bonne bref car cas ce ceci cela celle celles celui cent ces
cet cette ceux chacun chaque charge chez chose choses cinq combien comme comment concentrés connais contre
coup côté d dans de demain demande demander depuis dernier dernière derrière des deux devant devoir
devrait devrions dimanche dire dis dit dix dizaine dois doit doivent donc donne donner dont du durant déjà
désolé désolée dû elle elles en encore ensemble ensuite entre environ es est et eu euh eux exactement
faire fais fait fallait faudra faudrait faut façon fera ferait fin fois font forcément fut genre grand
gros grâce hein heure heures hier huit ici idée il ils inquiète j jamais je jeudi jour jours jusqu juste l
la laisser le lequel les leur leurs lors lui lundi là m ma maintenant mais mal mardi matin maximum me
merci mercredi mes met mettre mieux mille minute minutes mis moi moins mois moment mon monde même n ne ni
nom non nos notamment notre nous nouveau nouvelle on ont ordre ou ouais oublier oui où par parce pareil
parfait parle parler part pas passe pendant pense penser personne petit peu peut peuvent peux pire plaît
plus plusieurs point pour pourquoi pourra pourrait pourrions pouvait pouvez pouvoir pouvons premier
première prendre presque pris problème prochain prochaine propose près puis puisque qu quand quarante
quatre que quel quelle quelles quelqu quelque quelques quels qui quinze quoi rappelle rend reste rester
retour reçu rien s sa sais sait salut samedi sans savoir se seize semaine semaines sept sera serait sers
ses seulement si sinon six soient soir soirée soit sommes son sont souci sous souvent suis suite sur
surtout sûr sûre ta tant te tel tellement temps tes tiens toi tombe ton toujours tous tout toute toutes
train trente trois trop trouve truc trucs très tu un une unes uns va vais vas vendredi venir vers veut
veux via vient vingt voilà voir vois voit vont vos votre vous voyez vrai vraiment vu y yeux à ça également
énorme étaient était étant été évidemment être
"""
_NAMES_NONE = """
alors après bon bonjour bref car donc désolé désolée enfin ensuite et euh finalement maintenant mais merci
non ok ouais oui pardon parfait puis salut sinon voilà
"""

FRENCH = MeetingWording(
    said=frozenset(_SAID.split()),
    links=frozenset({"de", "du", "des", "d"}),
    names_none=frozenset(_NAMES_NONE.split()),
    hesitations=phrases(r"""
        (?:e+u+h+|h+e+u+|b+e+n+|hum+|mm+)
        (?:tu vois|vous voyez|tu sais|hein|en fait|quoi)(?=,)
    """),
    openers=phrases(r"""
        (?:alors|donc|bon|bah|ben|voilà|oui|ouais|ok|okay|d'accord|et|mais|puis|enfin|bref|ah|oh|eh bien|
            parfait|non)
        (?:très bien|bien sûr|tout à fait|exactement|pas de (?:souci|problème)|merci|écoute|écoutez|
            franchement)(?=,|\.)
        (?:je pense|je crois|je veux dire|du coup|par contre|en fait|en plus|au fait)(?=,)
    """),
    decides=phrases(r"""
        (?:on|nous) (?:a |avons |a donc |est |sommes )?(?:donc |bien |tous )?(?:décid(?:e|é|ons)|reten(?:u|
            ons)|retient|valid(?:e|é|ons)|act(?:e|é)|convenu|choisi[tr]?|arrêté|approuv(?:e|é|ons)|
            adopt(?:e|é|ons)|tranch(?:e|é))
        (?:c'est|ce sera|voilà qui est) (?:donc |bien )?(?:décidé|acté|validé|entendu|convenu|adopté|réglé|
            retenu)
        (?:on|nous) (?:part|partons|reste|restons|garde|gardons|prend|prenons|abandonne|annule|reporte|
            repousse|maintient|va garder|va prendre|va partir) (?:donc |plutôt )?(?:sur|avec|le|la|les|l'|
            à|au|en)
        (?:on|nous) (?:est|sommes|se met|reste) (?:tous |donc )?d'accord (?:pour|sur|que)
        (?:je|j') ?(?:valide|approuve|tranche|ai décidé|donne mon accord)
        (?:la|notre|ma) décision est
        (?:il est|a été|ont été|est|sont) (?:décidé|validée?s?|adoptée?s?|approuvée?s?|retenue?s?|
            rejetée?s?)
        on fait comme ça
    """),
    undecided=phrases(r"""
        (?:pas|jamais|rien|avant de|avant d') ?(?:encore |été )?(?:décid|retenu|validé|acté|choisi|
            tranch)\w*
        (?:faut|faudra|faudrait|doit|devra|devons|peut|va|pour|reste à|si) (?:qu'on |que nous |on |
            nous )?(?:décide\w*|valide\w*|tranche\w*|choisi\w*)
    """),
    proposes=phrases(r"""
        je (?:propose|suggère|recommande|vous propose|te propose)(?: \w+)?
        on n'a qu'à
        (?:ma|la|notre) (?:proposition|suggestion) (?:est|serait|c'est)
        (?:allons-y pour|alors on|donc on) (?!commence|passe|verra|voit|en reparle|arrive|a |est )\w+
    """),
    agrees=phrases(r"""
        (?:oui|ouais|d'accord|ok|okay|entendu|parfait|très bien|bien sûr|volontiers|absolument|exactement|
            tout à fait|ça marche|ça me va|ça roule|c'est bon|pas de problème|pas de souci|pas d'objection|
            bonne idée|c'est une bonne idée|je suis d'accord|moi aussi|fais ça|faites ça|avec plaisir)
    """),
    refuses=phrases(r"""
        (?:non|pas possible|impossible|je ne peux pas|je peux pas|je ne veux pas|je préfère pas|
            je ne suis pas d'accord|pas d'accord|hors de question|jamais)
    """),
    promises=phrases(rf"""
        je {_PRONOUNS}(?!dirai|serai|verrai|saurai|pourrai|voudrai|croirai|aurai|irai|devrai)\w+rai
        j'(?!aurai|irai)\w+rai
        je (?:vais|peux|dois|compte) (?!dire|être|avoir|voir si tu|vous dire|te dire|commencer|croire|
            comprendre|finir|parler de|imaginer|pas|plus)(?:vous |te |leur |lui |les |le |la |l'|en |m'en |
            m'|y |nous )*\w+(?:er|ir|re|oir)
        je {_PRONOUNS}{_ACTS}
        j'(?:appelle|envoie|écris|organise|ajoute|achète|essaie|informe|invite|apporte|en parle|en discute)
        je (?:m'en|m') ?(?:charge|occupe)
        (?:laissez|laisse)(?:-moi)? faire
        c'est (?:pour moi|moi qui)
        (?:tu l'auras|vous l'aurez|tu les auras|vous les aurez|ce sera fait|compte sur moi|comptez sur moi)
        (?:on|nous) (?:vous|te|leur|lui) (?:envoie|envoyons|enverra|enverrons|prépare|transmet|fournit|
            livre)\w*
    """),
    no_promise=phrases(r"""
        je (?:vais|peux|dois) (?:vous |te )?(?:dire|avouer|rappeler que|partir|y aller|vous laisser|
            commencer|être|passer la parole)
        je (?:ne|n') .{0,40}(?:pas|plus|jamais)
        j'(?:aimerai|espérerai)
        je (?:vous |te )?(?:suis|passe la parole|demande pourquoi|trouve que|prends la parole|parle de)
    """),
    lead=phrases(r"""
        (?:je|tu|vous) (?:vais|peux|dois|compte|pourrais|pourriez|pouvez|vas|allez)
        (?:peux|pourrais|pouvez|pourriez)-(?:tu|vous)
        (?:il faut|il faudra|il faudrait) (?!qu)
        est-ce que (?:tu|vous) (?:peux|pourrais|pouvez|pourriez)
        je me charge d[e'] ?
        je m'occupe de
    """),
    requests=phrases(r"""
        (?:est-ce que )?(?:tu|vous) (?:peux|pourrais|pouvez|pourriez|veux bien|voulez bien) (?!me dire|
            nous dire|répéter|expliquer|m'entendre|nous entendre)\w+
        (?:peux|pourrais|pouvez|pourriez)-(?:tu|vous) (?!me dire|nous dire|répéter|expliquer)\w+
        il (?:faut|faudra|faudrait|va falloir) (?:absolument |vraiment |aussi )?que (?:tu|vous) \w+
        il (?:faudra|faudrait|va falloir) (?!voir|être|qu|savoir|attendre|du|des|de la)\w+(?:er|ir|re|oir)
        (?:je voudrais|j'aimerais|je veux) que (?:tu|vous) \w+
        (?:tu|vous) (?:dois|devez|devrais|devriez) \w+(?:er|ir|re|oir)
        (?:merci de|veuillez|pense à|pensez à|n'oublie pas de|n'oubliez pas de) \w+
        qui (?:s'occupe|se charge|prend|fait|peut) .+
    """),
    assigns=phrases(r"""
        (?-i:(?P<who>[A-ZÀ-Ý][a-zà-ÿ]+(?:[- ][A-ZÀ-Ý][a-zà-ÿ]+)?)) (?:va|doit|devra|se charge de|
            s'occupe de|s'occupera de|est chargée? de) (?!être|avoir|bien|pas|nous dire|arriver)\w+
        (?:quelqu'un|on|nous) (?:doit|devra|devons|devrait) (?!être|avoir|pas|plus|voir|parler)\w+(?:er|ir|
            re|oir)
    """),
    bare=phrases(r"""
        (?:je m'en (?:charge|occupe)|(?:je |j')?(?:le|la|l'|les|vous|te)? ?(?:fais|ferai)(?: ça)?|oui|
            d'accord|ok|entendu|pas de (?:problème|souci)|ça marche|bien sûr|volontiers|tu l'auras|
            vous l'aurez|tu les auras|ce sera fait|compte sur moi|comptez sur moi)
    """),
    deadline=phrases(rf"""
        (?:avant|d'ici|pour|dès|à partir d[eu]|au plus tard|jusqu'à|jusqu'au)? ?(?:{_DAY})
        (?:avant|d'ici|pour|dès|à) (?:la |le |l'|mi-)?(?:fin|début|rentrée|réunion|prochaine réunion|
            vacances|été|noël|week-end)(?: (?:de la|du|de l'|de) (?:semaine|mois|trimestre|année|journée|
            {_MONTH}))?(?: prochaine?)?
        (?:avant |d'ici |dès )?(?:demain|aujourd'hui|ce soir|cet après-midi|ce matin)(?: (?:matin|midi|
            soir|après-midi))?
        (?:avant |d'ici |dans )?(?:cette semaine|ce mois-ci|la semaine prochaine|le mois prochain|
            la prochaine fois|la prochaine réunion)
        (?:dans|d'ici|sous) (?:une?|deux|trois|quatre|cinq|six|dix|quinze|quelques|\d+) (?:heures?|jours?|
            semaines?|mois)
        (?:dès que possible|au plus vite|le plus vite possible|tout de suite|immédiatement|rapidement)
    """),
    unknowing=phrases(r"""
        (?:je|on|nous) ?(?:ne |n')?(?:sais|sait|savons) (?:vraiment )?pas(?: encore)?
        (?:je|j')? ?(?:ne |n')?(?:suis|en suis) pas (?:sûre?|certaine?)
        (?:aucune idée|bonne question|difficile à dire|à voir|ça dépend|reste à voir|on verra)
        je n'ai pas (?:encore )?(?:vérifié|regardé|la réponse|d'avis|le chiffre|eu de réponse)
    """),
    defers=phrases(r"""
        (?:on|nous) (?:en |y |verra|voit|verrons|regardera|décidera|tranchera)\s?(?:reparle\w*|
            rediscute\w*|revien\w*|ça|cela|plus tard|la prochaine fois|la semaine prochaine)
        (?:laisse|laissons|garde|gardons|reste) .{0,20}(?:ouvert|en suspens|de côté|pour plus tard)
        (?:à revoir|à rediscuter|point ouvert|question ouverte|question reste ouverte|reste à (?:décider|
            définir|voir|trancher|clarifier))
        (?:on|nous) (?:reporte|repousse|remet|décide|décidera|tranche|tranchera) (?:ça |cela |la question |
            la décision )?(?:à|plus tard|la semaine prochaine|la prochaine fois|(?:lundi|mardi|mercredi|
            jeudi|vendredi))
        j'attends (?:encore )?(?:la |une |sa |leur )(?:réponse|confirmation|décision)
    """),
    new_topic=phrases(r"""
        (?:le )?(?:premier|deuxième|second|troisième|dernier|prochain|autre) (?:point|sujet|
            thème)(?: à l'ordre du jour)?(?: c'est| est|,|:| :)? (?P<topic>.+)
        (?:le )?(?:point|sujet) suivant(?: c'est| est|,|:| :)? (?P<topic1>.+)
        (?:on|nous) (?:passe|passons|va passer|enchaîne|continue|commence|commençons) (?:maintenant |donc |
            d'abord )?(?:à|au|aux|avec|sur|par) (?P<topic2>.+)
        (?:passons|venons-en|commençons|revenons) (?:maintenant |donc )?(?:à|au|aux|par|sur) (?P<topic3>.+)
        parlons (?:maintenant |donc )?(?:de |du |des |d')(?P<topic4>.+)
    """),
    sums_up=phrases(r"""
        (?:pour résumer|en résumé|je résume|je récapitule|pour récapituler|en conclusion|pour conclure|
            au final|bilan)
    """),
    small_talk=phrases(r"""
        (?:bonjour|salut|bonne journée|au revoir|vous m'entendez|tu m'entends|le match|au fait|
            pour le retard|merci à tous|bon week-end|à bientôt|ma fille|mon fils|ma femme|mon mari)
    """),
)
