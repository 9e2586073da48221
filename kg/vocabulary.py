"""The controlled values of a record: each as evidence files write it, and as the ontology names it.

A member's name is the local name in the ontology, its value is the notation in files.
"""

from __future__ import annotations

from enum import StrEnum

from pyoxigraph import NamedNode

from kg.terms import PM


class Value(StrEnum):
    """A controlled value."""

    @property
    def iri(self) -> NamedNode:
        """The individual of the ontology that this value names."""
        return PM[self.name]


class ContextInfluence(Value):
    """What a context does to the mechanism."""

    enables = "enables"
    blocks = "blocks"
    triggers = "triggers"
    shapes = "shapes"
    backdrop = "backdrop"


class ContextLevel(Value):
    """Where a context lies (Pawson 2013)."""

    individualLevel = "individual"
    interpersonalLevel = "interpersonal"
    institutionalLevel = "institutional"
    infrastructuralLevel = "infrastructural"


class CodingMethod(Value):
    """How a coding was made."""

    manualCoding = "manual"
    machineAssistedCoding = "machine-assisted"


class Design(Value):
    """How a source came to what it reports."""

    caseStudyDesign = "case-study"
    commentaryDesign = "commentary"
    mixedMethodsDesign = "mixed-methods"
    qualitativeDesign = "qualitative"
    realistEvaluationDesign = "realist-evaluation"
    realistSynthesisDesign = "realist-synthesis"
    scopingReviewDesign = "scoping-review"
    surveyDesign = "survey"
    systematicReviewDesign = "systematic-review"
    theoryDesign = "theory"
    trialDesign = "trial"


class Desirability(Value):
    """Whether people want more of an outcome."""

    wanted = "wanted"
    unwanted = "unwanted"


class Direction(Value):
    """Which way an outcome is reported to have gone."""

    increased = "increased"
    decreased = "decreased"
    unchanged = "unchanged"
    varied = "varied"
    notStated = "not-stated"


class Effect(Value):
    """What a claim reports the mechanism's presence to do to the outcome as desired."""

    supports = "supports"
    hinders = "hinders"
    mixed = "mixed"
    noEffect = "no-effect"


class EffectKind(Value):
    """In what way an effect is mixed, or for what reason there was none."""

    contingent = "contingent"
    actorsDiffer = "actors-differ"
    benefitAndCost = "benefit-and-cost"
    unsigned = "unsigned"
    notFired = "not-fired"
    firedButInsufficient = "fired-but-insufficient"
    noAssociation = "no-association"


class Explicitness(Value):
    """Whether the source says so, or the coder concludes it."""

    stated = "stated"
    inferred = "inferred"


class Firing(Value):
    """Whether and how far a mechanism fired."""

    fired = "fired"
    firedWeakly = "weak"
    resourceNotOffered = "resource-not-offered"
    notTakenUp = "not-taken-up"
    blocked = "blocked"
    countervailing = "countervailing"
    notStated = "not-stated"


class Heuristic(Value):
    """The form in which a source writes its configurations."""

    CMO = "CMO"
    ICAMO = "ICAMO"
    CIMO = "CIMO"
    SCMO = "SCMO"
    ifThen = "if-then"


class InferenceMode(Value):
    """How a source came from its observations to a claim."""

    induction = "induction"
    deduction = "deduction"
    abduction = "abduction"
    retroduction = "retroduction"


class Joining(Value):
    """How several mechanisms of one claim belong together."""

    joinedByAnd = "and"
    joinedByOr = "or"
    joinedBySequence = "sequence"


class Layer(Value):
    """Whose interpretation something is."""

    participantLayer = "participant"
    authorLayer = "author"
    reviewerLayer = "reviewer"
    coderLayer = "coder"


class LinkKind(Value):
    """What one claim is to the next."""

    becomesContext = "becomes-context"
    becomesResource = "becomes-resource"
    becomesMechanism = "becomes-mechanism"
    moderates = "moderates"
    refines = "refines"
    rivals = "rivals"


class Perspective(Value):
    """From whose side an actor's reasoning is seen."""

    highIncomePartner = "high-income-partner"
    lowIncomePartner = "low-income-partner"
    bothPartners = "both"
    thirdParty = "third-party"


class ReadExtent(Value):
    """Whether a coder read more than the abstract."""

    abstractOnly = "abstract-only"
    beyondAbstract = "beyond-abstract"


class SourceType(Value):
    """What kind of thing a source is."""

    bookChapter = "book-chapter"
    guideline = "guideline"
    journalArticle = "journal-article"
    report = "report"
    thesis = "thesis"
    document = "document"
    interview = "interview"
    observation = "observation"
    survey = "survey"


MATERIAL = frozenset({SourceType.document, SourceType.interview, SourceType.observation, SourceType.survey})
"""The types of primary case material: collected in a case, not published."""


class State(Value):
    """How much of a factor there was."""

    high = "high"
    low = "low"
    present = "present"
    absent = "absent"
    changing = "changing"


class MechanismState(Value):
    """Whether a mechanism was there."""

    present = "present"
    absent = "absent"


class Status(Value):
    """What its source did with a claim."""

    proposed = "proposed"
    supported = "supported"
    refined = "refined"
    refuted = "refuted"


class TensionKind(Value):
    """What somebody judges to be behind a tension."""

    contingentTension = "contingent"
    rivalExplanationTension = "rival-explanation"
    constructMismatch = "construct-mismatch"
    codingArtefact = "coding-artefact"


class TheoryRelation(StrEnum):
    """What a claim does to a programme theory; the value is the verb in files and in `pm:{verb}Theory`."""

    proposes = "proposes"
    supports = "supports"
    refines = "refines"
    refutes = "refutes"

    @property
    def iri(self) -> NamedNode:
        """The property of the ontology that this relation names."""
        return PM[f"{self.value}Theory"]


class Grouping(Value):
    """A way in which an organisation divides countries into groups."""

    incomeGroup = "income-group"
    whoRegion = "who-region"
    worldBankRegion = "world-bank-region"
    unRegion = "un-region"
    unSubRegion = "un-sub-region"


class Quantity(Value):
    """What indicators of different publishers and units measure alike."""

    doctors = "doctors"
    nursesAndMidwives = "nurses-and-midwives"
    dentists = "dentists"
    communityHealthWorkers = "community-health-workers"
    hospitalBeds = "hospital-beds"
    surgicalWorkforce = "surgical-workforce"
    skilledBirthAttendance = "skilled-birth-attendance"
    maternalMortality = "maternal-mortality"
    outOfPocketExpenditure = "out-of-pocket-expenditure"


class Unit(Value):
    """The unit of an indicator or of a quantity as it is shown."""

    perThousandPeople = "per-thousand-people"
    perTenThousandPeople = "per-ten-thousand-people"
    perHundredThousandPeople = "per-hundred-thousand-people"
    perHundredThousandBirths = "per-hundred-thousand-births"
    percentOfBirths = "percent-of-births"
    percentOfExpenditure = "percent-of-health-expenditure"
    persons = "persons"


class YearsBasis(Value):
    """Where the years come from by which a case is classified."""

    ownYears = "own-years"
    sourceYear = "source-year"
