namespace Migrate.Planner.Concerns;

/// <summary>What rules and probes have in common: how they are named, explained and listed in docs/concerns.md.</summary>
public interface IConcernDescription
{
    /// <summary>Stable; every concern that the rule finds carries it.</summary>
    string Id { get; }

    /// <summary>The finding in a few words.</summary>
    string Label { get; }

    /// <summary>When the rule fires and how severe that is, in one or two sentences.</summary>
    string Finds { get; }

    /// <summary>What a finding means for the move, whichever VM it is about.</summary>
    string Assessment { get; }

    /// <summary>What to do about it.</summary>
    string Remedy { get; }

    /// <summary>What is known in detail, a line each: releases that a fault is in, for instance. Mostly nothing.</summary>
    IReadOnlyList<string> Details => [];

    /// <summary>The most severe finding that the rule can come to.</summary>
    ConcernSeverity Severity { get; }

    /// <summary>Where the rule comes from: a public document, an article of a knowledge base, a product's behaviour.</summary>
    string Source { get; }

    /// <summary>False where going on would lose data or copy nothing for certain: no operator's reason lifts that.</summary>
    bool CanBeOverridden => true;
}

/// <summary>One rule, one file. A rule is a pure function of its context.</summary>
public interface IConcernRule : IConcernDescription
{
    IEnumerable<Concern> Judge(ConcernContext context);
}
