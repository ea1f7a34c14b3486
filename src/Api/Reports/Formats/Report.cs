namespace Migrate.Api.Reports.Formats;

/// <summary>What every report begins with. A report is made once; each format is written from it and computes nothing.</summary>
public abstract record Report
{
    /// <summary>Of the published schemas in docs/schemas: another number is another contract.</summary>
    public const int Schema = 1;

    /// <summary>readiness, wave, validation or hand-over.</summary>
    public abstract string Kind { get; }
    /// <summary>Version of the schema.</summary>
    public int SchemaVersion => Schema;
    /// <summary>Version of this program.</summary>
    public required string ToolVersion { get; init; }
    /// <summary>UTC.</summary>
    public required DateTime GeneratedAt { get; init; }
    /// <summary>The report in one look.</summary>
    public required ReportAnswer Answer { get; init; }

    /// <summary>Its main table, for spreadsheets.</summary>
    internal abstract ReportTable Table();
}

/// <summary>How something stands.</summary>
public enum Standing
{
    /// <summary>Nothing to do.</summary>
    Good,
    /// <summary>Somebody should look at it.</summary>
    Attention,
    /// <summary>It does not go on like this.</summary>
    Bad,
}

/// <summary>What a report says, in one look.</summary>
/// <param name="Standing">Whether it is good.</param>
/// <param name="Headline">In a few words.</param>
/// <param name="Statement">In a sentence or two.</param>
/// <param name="ToDo">What needs doing, the most pressing first; empty when nothing does.</param>
public sealed record ReportAnswer(Standing Standing, string Headline, string Statement, IReadOnlyList<ReportAction> ToDo);

/// <summary>Something to do.</summary>
/// <param name="Standing">Bad: before anything else; Attention: should be done; Good: may be done.</param>
/// <param name="What">What is so.</param>
/// <param name="How">What to do about it, mostly a command.</param>
public sealed record ReportAction(Standing Standing, string What, string How);

/// <summary>A risk that somebody took, with a reason.</summary>
/// <param name="Vm">Name of the VM.</param>
/// <param name="What">Id of the concern, or what else was accepted.</param>
/// <param name="By">The authenticated name, and what the caller said of itself, marked as unverified.</param>
/// <param name="At">UTC.</param>
/// <param name="Reason">Why.</param>
/// <param name="TakenBack">Who took it back, when and why; null while it holds.</param>
public sealed record AcceptedRisk(string Vm, string What, string By, DateTime At, string Reason, string? TakenBack);

/// <summary>Something that was not done as it was planned.</summary>
/// <param name="Vm">Name of the VM.</param>
/// <param name="What">What it is about.</param>
/// <param name="Planned">What was planned.</param>
/// <param name="Done">What was done.</param>
public sealed record Deviation(string Vm, string What, string Planned, string Done);
