"""How people decide, promise and ask in English."""

from surtitle.pipelines.minutes.wording.meeting_wording import MeetingWording, phrases

_MONTH = r"(?:january|february|march|april|may|june|july|august|september|october|november|december)"
_UNITH = r"(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)"
_DATE = (
    rf"(?:\d{{1,2}}(?:st|nd|rd|th)|(?:twenty|thirty)[- ]{_UNITH}|tenth|eleventh|twelfth|"
    r"(?:thir|four|fif|six|seven|eigh|nine)teenth|twentieth|thirtieth)"
)
_DAY = (
    r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day(?: (?:morning|afternoon|evening|night))?|"
    rf"the {_DATE}(?: of {_MONTH})?|the {_UNITH} of {_MONTH}|"
    rf"{_MONTH} (?:the )?(?:{_DATE}|{_UNITH}|\d{{1,2}}))"
)
_SPAN = r"(?:day|week|month|quarter|year|sprint)"
_ACTS = (
    r"(?:add|answer|arrange|ask|book|bring|build|buy|call|change|chase|check|circulate|collect|come back|"
    r"confirm|contact|coordinate|create|deal|do|double-check|draft|e-?mail|escalate|explain|file|find|finish|fix|"
    r"follow|forward|get|give|go through|handle|have a look|help|implement|include|install|investigate|"
    r"invite|look|make|measure|meet|message|move|open|order|organi[sz]e|own|pay|phone|pick|ping|plan|post|"
    r"prepare|present|print|propose|publish|push|put|reach out|read|record|remind|remove|reply|report|rerun|"
    r"research|review|rewrite|ring|run|schedule|see to|send|set|share|ship|sign|sort|speak|start|submit|"
    r"summari[sz]e|take|talk|tell|test|track|try|turn|update|upload|verify|work|write)"
)

_SAID = """
a able about above across actually after afternoon again against ago agree agreed all almost already
alright also although always am an and another any anybody anyone anything anyway are aren't around as ask
at away awful back bad be because been before being below best better between big bit both bring but by
bye call came can can't cannot come comes coming could couldn couldn't course day days did didn didn't
different do does doesn doesn't doing don don't done down during each eight either eleven else end enough
especially even ever every everybody everyone everything exactly far feel few fifty fine first five for
forty four friday from full get gets getting give given go goes going gone good got great guess guy guys
had half happen happened has hasn't have haven haven't having he hear hello help her here hi him his hmm
honestly hope hour hours how huge hundred i i'd i'll i'm i've idea if in instead into is isn isn't it it's
its just keep kind know last least less let let's like little ll long look looked looking looks lot love
made make makes making many may maybe me mean means might mine minute minutes monday more morning most
much must my need needed needs never new next nice nine no none nor not nothing now of off oh ok okay old
on once one ones only open opinion or other our out over own part people percent perfect perhaps place
please point possible probably put quite rather re ready really right roughly said same saturday saw say
saying says second see seen sent seven several she should shouldn't show side since six small so some
somebody someone something sometimes soon sorry sort start started still stuff such sum sunday sure take
taken takes talk tell ten than thank thanks that that's the their them then there there's these they
they're thing things think third thirty this those though thought thousand three through thursday time
times to today together told tomorrow tonight too took topic towards tried try trying tuesday turn twelve
twenty two um under until up us use used usually ve very wait want wanted wants was wasn't way we we'd
we'll we're we've wednesday week weeks welcome well went were weren weren't what what's when where whether
which while who who's whole whom whose why will wish with within without won won't wonder words work works
would wouldn wouldn't wow yeah year years yes yesterday yet you you'll your yours
"""
_NAMES_NONE = """
alright also and anyway because but finally first great hello hey hi however last look maybe next no now
oh ok okay or perfect perhaps please right second so sorry sure thanks then third well yeah yes
"""

ENGLISH = MeetingWording(
    said=frozenset(_SAID.split()),
    links=frozenset({"of", "for"}),
    names_none=frozenset(_NAMES_NONE.split()),
    hesitations=phrases(r"""
        (?:u+m+|u+h+m*|e+r+m*|a+h+|h+m+|mm+)
        you know(?=,)
        i mean(?=,)
        like(?=, )
    """),
    openers=phrases(r"""
        (?:so|okay|ok|right|alright|all right|well|now|yeah|yes|yep|yup|oh|and|but|then|great|perfect|
            anyway)
        (?:good|sure|sorry|no worries|no problem|absolutely|exactly|of course|honestly|actually|
            basically)(?=,|\.)
        (?:thanks|thank you)(?=,)
        (?:i think|i guess|i mean|you know)(?=,)
        the thing is(?=,)
    """),
    decides=phrases(r"""
        (?:we|it|that|they)(?:'ve| have| has|'s| is|'re| are)? (?:all |now |already )?(?:been )?(?:decided|
            agreed|settled|approved)
        (?:let's|let us) (?:go (?:with|for|ahead)|do (?:it|that)|stick (?:with|to)|settle on|agree on|say)
        we(?:'ll| will|'re going to| are going to) (?:go (?:with|for|ahead)|stick|keep|drop|launch|hire|
            use|switch|postpone|adopt|cancel|stop|not)
        we(?:'re| are) (?:going with|going ahead|not going to|not doing|cancelling|canceling|dropping|
            sticking)
        (?:the |our |my )(?:final )?decision is
        i(?:'ll| will| can|'m going to| hereby)? approve
        (?:motion|proposal|budget|plan) (?:is |was )?(?:carried|passed|approved|accepted|rejected)
        (?:we|i) (?:chose|choose|picked|pick|opted for|opt for|resolved to)
        (?:final|settled|decided)(?=[,.:]| that)
    """),
    undecided=phrases(r"""
        (?:haven't|have not|hasn't|not|never|nothing) (?:yet |been )?(?:decided|agreed|settled|approved)
        (?:to|can|could|should|must|before|until|when|if|whether|need to|have to) (?:we |we've |
            you )?(?:decide|agree)
        if we(?:'re|'ve| are| have)? (?:all )?(?:decided?|agreed?)
        if (?:it|that) is (?:decided|approved)
        i (?:agree|disagree)
    """),
    proposes=phrases(r"""
        let's (?!see|leave|kick|dive|jump|recap|continue|get going|get started|hear|put it on|discuss|turn|
            go (?:on|over|through)|wait|start|begin|talk|move on|give|hope|come back|look|think|circle|park|
            take (?:a|five|ten|that offline))[a-z]+
        (?:i|i'd|we) (?:would )?(?:propose|suggest|recommend|vote (?:for|to))
        my (?:proposal|suggestion|recommendation) (?:is|would be)
        if .{3,80}, we(?:'ll| will)? (?:take|go|keep|do|use|launch|stop|move|cancel|hire|drop|buy)
    """),
    agrees=phrases(r"""
        (?:yes|yeah|yep|yup|sure|agreed|absolutely|definitely|of course|okay|ok|exactly|right|perfect|
            great|deal|done)
        (?:fine|works|good|okay|ok) (?:with|for|by) me
        (?:i'm|we're) (?:okay|fine|happy|in favou?r)
        (?:sounds|looks) (?:good|great|fine|reasonable)
        (?:will do|no problem|no objections?|makes sense|go ahead|please do|i agree|that works|that's fine|
            gladly)
        i can do that
    """),
    refuses=phrases(r"""
        (?:no|nope|not really|not with|not before|not this|i can't|i cannot|i won't|i don't want|
            i'd rather not|i disagree|i don't agree|never)
    """),
    promises=phrases(rf"""
        i(?:'ll| will|'m going to| am going to|'m gonna) (?:also |then |just |definitely |still |
            personally )?(?:get back|(?!be|have to say|admit|never|not|see|need|want|say|think|guess|miss|
            leave|stop|skip|love|like|hate|agree)[a-z-]+)
        i(?:'ll| will) see to
        i(?: can|'d be happy to| could|'m happy to) (?:also |certainly |easily |quickly |
            definitely )?{_ACTS}
        (?:let me) (?!see|think|know|just say|tell you|ask you|explain|give you an|start|finish|be|
            put it){_ACTS}
        i(?:'ve| have)? (?:got|need|have|still need|still have) to (?:also )?{_ACTS}
        (?:i'm on it|leave (?:it|that) (?:to|with) me|i'll take (?:it|that|this)|i've got (?:it|this)|
            will do|consider it done|count on me)
        (?:my|the) (?:action|task|to-do) (?:item )?(?:is|will be) to
        we(?:'ll| will) (?:send|get back|prepare|draft|write|circulate|deliver|provide|share|follow up)
    """),
    no_promise=phrases(r"""
        i(?:'ll| will) (?:be (?:honest|frank|brief|quick|there|back|away|out|late)|tell you|go first|start|
            begin|finish|pass|repeat|explain|give you (?:an|a))
        i can (?:only|hardly|barely|imagine|see|hear|understand|tell)
        if i(?:'ll| will| can)
        (?:i think|maybe|perhaps) i(?:'ll| will) (?:go|leave|eat|sleep)
        like to (?:thank|welcome)
        i(?:'ve| have| had)? (?:got |need |have )to (?:say|admit|go|leave|run|thank)
    """),
    lead=phrases(r"""
        i(?:'ll| will|'m going to| am going to|'m gonna| can| could|'d be happy to|'m happy to)(?: also|
             then| just| definitely| still| personally| certainly| easily)?
        i(?:'ve| have)? (?:got|need|have|still need|still have) to(?: also)?
        (?:can|could|would|will) you(?: please| also| maybe| just)?
        (?:please|let me)
        (?:i'd like|i want|i need) you to
        you(?:'ll)? (?:need|have) to
        (?:my|the) (?:action|task|to-do) (?:item )?(?:is|will be) to
    """),
    requests=phrases(rf"""
        (?:can|could|would|will) you (?:please |also |maybe |just )?(?!hear|see|imagine|believe|
            say that again|repeat|explain|tell (?:me|us) (?:why|how|what)|remember){_ACTS}
        (?:please) {_ACTS}
        (?:i'd like|i want|i need) you to [a-z]+
        you(?:'ll)? (?:need|have|ought) to {_ACTS}
        you should {_ACTS}
        (?:do you mind|would you mind) [a-z]+ing
        (?:make|be) sure (?:to|you|that)
    """),
    assigns=phrases(rf"""
        (?-i:(?P<who>[A-Z][a-z\u00c0-\u024f]+(?:[- ][A-Z][a-z\u00c0-\u024f]+)?)) (?:will|is going to|
            is gonna|needs to|has to|is to|should|to) (?:please |also |then )?{_ACTS}
        (?:someone|somebody|we) (?:needs?|has|have|should|must) (?:to )?(?:please |also |then )?(?!talk|
            look at|see){_ACTS}
    """),
    bare=phrases(r"""
        (?:will do|i'm on it|i can do that|i'll do (?:that|it|so)|i'll take (?:it|that|this)|leave (?:it|
            that) (?:to|with) me|i've got (?:it|this)|consider it done|count on me|yes|yeah|sure|okay|ok|
            no problem|of course|absolutely|gladly|you'll have it)
    """),
    deadline=phrases(rf"""
        (?:by|before|until|on|not later than|no later than|from|for|starting)? ?(?:{_DAY})
        (?:by|before|until|at) (?:the )?(?:very )?(?:end|beginning|start|middle) of (?:the |this |
            next )?(?:{_SPAN}|meeting|{_DAY})
        (?:by|before|until|at|in) (?:the )?(?:next|following) (?:{_SPAN}|meeting|{_DAY})
        next (?:{_SPAN}|meeting|{_DAY})
        (?:by |before )?(?:tomorrow|today|tonight|noon|midnight)(?: (?:morning|afternoon|evening|night))?
        (?:by |before )?this (?:{_SPAN}|morning|afternoon|evening|{_DAY})
        (?:in|within) (?:a|an|one|two|three|four|five|six|ten|\d+|a few|a couple of|the next (?:few|two|
            three)) (?:hour|{_SPAN})s?
        (?:as soon as possible|asap|right away|immediately|straight away|end of day|eod|by eow)
        before (?:the )?(?:launch|meeting|release|deadline|weekend|holidays?|summer|christmas)
    """),
    unknowing=phrases(r"""
        (?:i|we) (?:don't|do not|didn't) (?:really )?(?:know|have (?:an|the) (?:answer|idea|opinion|number|
            figure)s?)(?: yet)?
        (?:i'm|we're|i am) (?:really |honestly )?not (?:so |quite |entirely )?(?:sure|certain)
        (?:i|we) have no idea
        (?:no idea|hard to say|who knows|good question|remains? to be seen|to be determined|tbd|it depends|
            nobody knows)
        i haven't (?:checked|looked|asked|heard|thought)
        don't really have an opinion
    """),
    defers=phrases(r"""
        (?:leave|keep) (?:that|it|this|the question) open
        (?:come|get|circle|go) back to (?:it|that|this)
        (?:decide|discuss|talk about|look at|revisit|settle) (?:that|it|this)? ?(?:later|again|
            next (?:week|time|month)|another time|on (?:mon|tues|wednes|thurs|fri)day|in the next meeting|
            at the next meeting)
        (?:park|postpone|table|defer) (?:that|it|this)
        put (?:that|it|this) on the agenda
        (?:still|an) open (?:question|point|issue)
        (?:take (?:that|it|this) offline|put (?:that|it|this) off)
        (?:we(?:'ll| will|'d)|let's) (?:have to )?(?:wait and )?see (?:who|what|how|if|whether|when|then|
            about that)
        (?:needs?|have|has) to be (?:decided|clarified|discussed|checked)
    """),
    new_topic=phrases(r"""
        let's (?:start|begin|continue|go on|move on|kick off|carry on) (?:with|to) (?P<topic>.+)
        (?:the )?(?:next|last|first|second|third|fourth|final|other) (?:topic|point|item|
            subject)(?: on (?:the|our) (?:agenda|list))?(?: is| was|,|:)? (?P<topic1>.+)
        (?:the )?(?:next|last|final) (?:one|thing|question)(?: is|,|:) (?P<topic6>.+)
        (?:moving|let's move|let me move|going) on to (?P<topic2>.+)
        (?:now |next )?(?:let's|we should|i(?:'d| would) like to) (?:talk about|turn to|look at|
            discuss) (?P<topic3>.+)
        (?:first|next|finally|lastly|last)(?: up)?(?:,|:| is) (?P<topic4>(?:the|our|about) .+)
        (?:that brings us to|which brings us to|coming to|turning to) (?P<topic5>.+)
    """),
    sums_up=phrases(r"""
        (?:to sum (?:it )?up|in summary|to summari[sz]e|to recap|to conclude|in short|so the conclusion is|
            let me (?:sum up|summari[sz]e|recap))
    """),
    small_talk=phrases(r"""
        (?:can (?:you|everybody|everyone) hear me|can hear you|how are you|good morning|good afternoon|
            hello|bye|goodbye|nice weekend|traffic|by the way|thanks everyone|thank you all|see you|
            my (?:daughter|son|wife|husband|kids?))
    """),
)
