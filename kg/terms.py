"""Closed namespaces: a name that the ontology does not define cannot be written.

`PM` mirrors `ontology/core.ttl`, `provenance.ttl` and `external.ttl`; a test holds them to each other.
"""

from __future__ import annotations

from pyoxigraph import NamedNode


class Namespace:
    """The terms of one namespace, as attributes or items; any other name raises AttributeError or KeyError.

    >>> PM.Claim
    <NamedNode value=https://w3id.org/partnership-mechanisms/ontology#Claim>
    """

    def __init__(self, base: str, names: str) -> None:
        self.base = base
        self.names = frozenset(names.split())
        self._nodes = {name: NamedNode(base + name) for name in self.names}

    def __getattr__(self, name: str) -> NamedNode:
        try:
            return self._nodes[name]
        except KeyError:
            raise AttributeError(f"{self.base} defines no term {name}") from None

    def __getitem__(self, name: str) -> NamedNode:
        return self._nodes[name]


PM = Namespace(
    "https://w3id.org/partnership-mechanisms/ontology#",
    """
    ActorKind ActorRole Author Band CIMO CMO Case Claim ClaimLink ClaimReadBeyondAbstract ClaimWithContext
    ClaimWithMechanismAbsent ClaimWithMechanismPresent Coder Coding CodingMethod Condition Configuration
    ContextInfluence ContextLevel ContextRole ContextualFactor CounterCase Country CountryGroup DemiRegularity
    Design Desirability Direction Effect EffectKind EvidenceItem Explicitness ExternalDataSet Factor
    FactorOutcomeLink Firing Grouping Heuristic ICAMO Indicator InferenceMode Joining Judge Judgement Layer LinkKind
    MaterialType MechanismRole Membership MixedClaim MixedEffectKind MotivationalClaim MotivationalFactor
    NoEffectClaim NoEffectKind OutcomeFactor OutcomeRole Perspective PrimaryClaim PrimaryDesign PrimaryMaterial
    ProgrammeTheory ProposedClaim Publication PublicationType Quantity ReadExtent ReasonedMechanismRole
    RecurrentPattern RelationalClaim RelationalFactor Role SCMO SecondaryClaim SecondaryDesign Source SourceType
    State Status StructuralClaim StructuralFactor Study Synthesis SynthesisJudgement Tension TensionJudgement
    TensionKind TensionSide TestedClaim TestedStatus Unit Value YearsBasis

    abduction aboutReporting absent abstractOnly actorKind actorOnly actorsDiffer author authorLayer backdrop
    bandFrom bandOf bandUntil bearsOnTheory becausePart becomesContext becomesMechanism becomesResource benefitAndCost
    beyondAbstract blocked blocks bookChapter bothPartners caseCountry caseStudyDesign changing checkedBy classifiedFrom
    classifiedUntil codedBy codedDesign codedReadExtent coder coderLayer codes codingArtefact codingMethod
    commentaryDesign communityHealthWorkers concernsCase conditionFactor conditionState constructMismatch contextFactor
    contextInfluence contextLevel contextOnly contingent contingentTension contraryWords corroboratedBy
    counterCaseReading counterCasesSought counterClaim countervailing country countryOnly decreased deduction dentists
    describedBy design designOnly desirability digest direction doctors document doi drawsOn effect effectKind enables
    endYear entries evidenceLayer explanation explicitness factor feedback fired firedButInsufficient firedWeakly firing
    firstYear focus fromSource fromStudy grouping guideline hasActor hasContext hasCounterCase hasEvidence hasLink
    hasMechanism hasOutcome hasRole hasSide heldMembership heldUnder heuristic high highIncomePartner hinderingStudies
    hinders hospitalBeds ifPart ifThen inCoding includesStudy incomeGroup increased indicator individualLevel induction
    inferenceMode inferred infrastructuralLevel institutionalLevel interpersonalLevel interview iso2 iso3 joinedBy
    joinedByAnd joinedByOr joinedBySequence journal journalArticle judged judgedBy judgesTension kindOfActor lastYear
    layer layerOnly leftOut linkFactor linkKind linkOutcome linkTarget linkedTo locator low lowIncomePartner m49
    machineAssistedCoding manualCoding maternalMortality measures mechanismFactor mechanismState memberCountry memberOf
    mixed mixedMethodsDesign mixedStudies moderates nearestObservation noAssociation noEffect noEffectStudies notFired
    notStated notTakenUp note nursesAndMidwives observation observedAfter observedCountry observedValue observedYear
    opposite organisation outOfPocketExpenditure outcomeFactor ownYears pageRead paraphrase partRead participantLayer
    partner partnershipType per perHundredThousandBirths perHundredThousandPeople perTenThousandPeople perThousandPeople
    percentOfBirths percentOfExpenditure period persons perspective pmcid pmid position premise premiseStudy present
    promotes proposed proposesTheory publishable publishedIn qualitativeDesign quote rationale readExtent
    realistEvaluationDesign realistSynthesisDesign reason reasoner reasoning reasoningBasis recordedOtherwise refined
    refines refinesTheory refuted refutesTheory relevance report reportedEffect reportsStudy resource resourceNotOffered
    retrieved retroduction reviewerLayer richness rigour rivalExplanation rivalExplanationTension rivals roleOf
    rollsUpTo sampleSize scalar scopingReviewDesign seenAtLayer seenInCountry seenInDesign shapes shownIn
    skilledBirthAttendance sourceType sourceYear speaker startYear state stated statisticInterval statisticMeasure
    statisticValue status studies supported supportingStudies supports supportsTheory surgicalWorkforce survey
    surveyDesign systematicReviewDesign tensionKind thenPart theoryDesign theoryVersion thesis thirdParty trialDesign
    triggers unRegion unSubRegion unchanged unitOfValue unsigned unwanted varied wanted whoRegion worldBankRegion year
    yearsBasis
    """,
)

DCAT = Namespace("http://www.w3.org/ns/dcat#", "Dataset version")
DCTERMS = Namespace(
    "http://purl.org/dc/terms/", "created creator date description license publisher rights source title type"
)
OA = Namespace(
    "http://www.w3.org/ns/oa#",
    "TextPositionSelector TextQuoteSelector end exact hasSelector prefix start suffix",
)
OWL = Namespace(
    "http://www.w3.org/2002/07/owl#",
    """
    AllDisjointClasses AllDisjointProperties AnnotationProperty AsymmetricProperty Axiom Class DatatypeProperty
    FunctionalProperty InverseFunctionalProperty IrreflexiveProperty ObjectProperty Ontology Restriction
    SymmetricProperty Thing TransitiveProperty allValuesFrom annotatedProperty annotatedSource annotatedTarget
    complementOf disjointWith equivalentClass hasValue imports intersectionOf inverseOf members onProperty oneOf
    propertyChainAxiom propertyDisjointWith someValuesFrom unionOf versionIRI versionInfo
    """,
)
ORG = Namespace("http://www.w3.org/ns/org#", "Organization")
PROV = Namespace(
    "http://www.w3.org/ns/prov#", "Activity Entity SoftwareAgent used wasDerivedFrom wasGeneratedBy wasRevisionOf"
)
QB = Namespace(
    "http://purl.org/linked-data/cube#",
    "ComponentSpecification DataSet DataStructureDefinition Observation attribute component dataSet dimension measure"
    " structure",
)
RDF = Namespace("http://www.w3.org/1999/02/22-rdf-syntax-ns#", "first nil rest type")
RDFS = Namespace("http://www.w3.org/2000/01/rdf-schema#", "comment domain label range subClassOf subPropertyOf")
SCHEMA = Namespace("https://schema.org/", "location name sameAs")
SKOS = Namespace(
    "http://www.w3.org/2004/02/skos/core#",
    """
    Concept ConceptScheme altLabel broadMatch broader closeMatch definition exactMatch narrowMatch notation prefLabel
    relatedMatch
    """,
)
SSSOM = Namespace(
    "https://w3id.org/sssom/",
    """
    MappingSet author_id author_label confidence mapping_date mapping_justification mapping_tool object_label
    object_source_version other predicate_modifier review_date reviewer_agreement reviewer_id reviewer_label
    subject_label
    """,
)
XSD = Namespace("http://www.w3.org/2001/XMLSchema#", "anyURI boolean date decimal integer string")
